#include <scriba/train/run.hpp>

#include <scriba/train/data_parallel.hpp>

#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "train/processes.hpp"
#include "train/training_net.hpp"

using namespace scriba;

namespace {

struct Setting {
  std::shared_ptr<training::Net> net = training::net();
  train::Trainer trainer{net, {.schedule = {.rate = 0.01, .length = 60}, .average = 0.9}};
  std::function<void(std::int64_t)> before_step = [](std::int64_t) {};
  train::Scores validated{{"hmean", 1}};
  std::vector<std::int64_t> saved{};

  train::RunHooks hooks() {
    return {.loss =
                [this](int) {
                  before_step(trainer.steps());
                  return training::loss(*net, training::batch(trainer.steps()));
                },
            .validate =
                [this] {
                  CHECK_FALSE(net->is_training());
                  return validated;
                },
            .save =
                [this](const std::filesystem::path& path) {
                  saved.push_back(trainer.steps());
                  io::write_torch_file(path, io::state_dict(*net), {});
                }};
  }
};

bool same_weights(const std::filesystem::path& a, const std::filesystem::path& b) {
  const auto one = io::read_state_dict(a), two = io::read_state_dict(b);
  return std::ranges::all_of(one, [&](const auto& entry) { return torch::equal(entry.second, two.at(entry.first)); });
}

}  // namespace

TEST_CASE("a run logs, validates, keeps the best and ends with a checkpoint and a report") {
  const TemporaryFolder folder;
  Setting setting;
  const double scores[] = {50, 40, 60};
  int validations = 0;
  auto hooks = setting.hooks();
  hooks.validate = [&] { return train::Scores{{"hmean", scores[validations++]}}; };
  const auto result = train::run(
      setting.trainer,
      {.folder = folder / "run", .steps = 30, .log_every = 10, .checkpoint_every = 10, .validate_every = 10, .quiet = true}, hooks);
  CHECK(result.steps == 30);
  CHECK(result.best == 60);
  CHECK_FALSE(result.interrupted);
  CHECK(validations == 3);
  CHECK(setting.saved == std::vector<std::int64_t>{10, 30});
  for (const auto* file : {"run/last.pt", "run/best.pt", "run/report.html"}) CHECK(std::filesystem::exists(folder / file));
  const auto log = train::RunLog::read(folder / "run/log.jsonl");
  REQUIRE(log.size() == 6);
  CHECK(log[0].kind == "train");
  CHECK(log[0].values[0].first == "total");
  CHECK(log[1].kind == "validate");
  CHECK(log[5].values == train::Scores{{"hmean", 60}});
  // It learns.
  CHECK(log[4].values[0].second < log[0].values[0].second);
}

TEST_CASE("a run that is interrupted by a signal writes its checkpoint, and goes on to the same end") {
  const TemporaryFolder folder;
  const auto options = [&](const char* name) {
    return train::RunOptions{.folder = folder / name, .steps = 24, .log_every = 6, .checkpoint_every = 100, .quiet = true};
  };
  Setting straight;
  CHECK(train::run(straight.trainer, options("straight"), straight.hooks()).steps == 24);
  {
    Setting setting;
    setting.before_step = [](std::int64_t step) {
      if (step == 9) std::raise(SIGINT);
    };
    const auto result = train::run(setting.trainer, options("broken"), setting.hooks());
    CHECK(result.interrupted);
    CHECK(result.steps == 10);
  }
  Setting setting;
  torch::manual_seed(77);
  setting.trainer.resume(folder / "broken/last.pt");
  CHECK_FALSE(train::run(setting.trainer, options("broken"), setting.hooks()).interrupted);
  CHECK(same_weights(folder / "broken/last.pt", folder / "straight/last.pt"));
  CHECK(same_weights(folder / "broken/best.pt", folder / "straight/best.pt"));
}

TEST_CASE("a run that was over changes nothing, its log neither") {
  const TemporaryFolder folder;
  Setting setting;
  const train::RunOptions options{.folder = folder / "run", .steps = 4, .quiet = true};
  train::run(setting.trainer, options, setting.hooks());
  const auto before = io::state_dict(*setting.net);
  CHECK(train::run(setting.trainer, options, setting.hooks()).steps == 4);
  for (const auto& [name, tensor] : io::state_dict(*setting.net)) CHECK(torch::equal(tensor, before.at(name)));
  CHECK(train::RunLog::read(folder / "run/log.jsonl").size() == 2);
}

TEST_CASE("a folder that cannot be made is an error before the first step") {
  const TemporaryFolder folder;
  Setting setting;
  folder.file("file", "");
  setting.before_step = [](std::int64_t) { FAIL("a step was made"); };
  CHECK_THROWS_AS(train::run(setting.trainer, {.folder = folder / "file/run", .quiet = true}, setting.hooks()), Error);
}

TEST_CASE("a run ends when the network has collapsed, or says so once and goes on") {
  const TemporaryFolder folder;
  const auto collapsing = [](Setting& setting, int& calls) {
    auto hooks = setting.hooks();
    hooks.loss = [&setting, &calls](int) {
      auto terms = training::loss(*setting.net, training::batch(setting.trainer.steps()));
      terms.terms.emplace_back("variation", at::scalar_tensor(++calls > 5 ? 1e-5 : 0.3));
      return terms;
    };
    return hooks;
  };
  const auto options = [&](bool stop) {
    return train::RunOptions{
        .folder = folder / "run", .steps = 30, .checkpoint_every = 4, .quiet = true, .collapse = {"variation", 1e-3, 10, stop}};
  };
  Setting setting;
  int calls = 0;
  CHECK_THROWS_WITH_AS(train::run(setting.trainer, options(true), collapsing(setting, calls)),
                       doctest::Contains("the network has collapsed: it gives the same for whatever it sees: step 15: expected variation "
                                         "above 0.001"),
                       Error);
  CHECK(calls == 15);
  Setting again;
  again.trainer.resume(folder / "run/last.pt");
  CHECK(again.trainer.steps() == 12);
  CHECK(std::filesystem::exists(folder / "run/report.html"));

  CHECK(train::run(again.trainer, options(false), collapsing(again, calls)).steps == 30);
  auto unknown = options(true);
  unknown.collapse.term = "none", unknown.steps = 31;
  CHECK_THROWS_WITH_AS(train::run(again.trainer, unknown, collapsing(again, calls)), doctest::Contains("a term of the loss"), Error);
}

// --- in processes of their own ---

TEST_CASE("process that runs with others" * doctest::skip()) {
  const char* folder = std::getenv("SCRIBA_TEST_FOLDER");
  if (!folder) return;
  const std::filesystem::path place = std::filesystem::path(folder) / std::getenv("SCRIBA_TEST_RUN");
  const std::string act = std::getenv("SCRIBA_TEST_ACT");
  const train::ProcessGroup group(train::process_place(), {.connect_timeout = std::chrono::seconds(60)});
  Setting setting;
  if (act == "resume") setting.trainer.resume(place / "last.pt");
  const train::DataParallel parallel(group, setting.trainer);
  auto hooks = setting.hooks();
  hooks.loss = [&](int) {
    // The second is told to stop; a batch of the first gives no number, once.
    if (act == "stop" && !group.first() && setting.trainer.steps() == 9) std::raise(SIGTERM);
    auto terms = training::loss(*setting.net, training::batch(setting.trainer.steps() * 2 + group.rank()));
    if (group.first() && setting.trainer.steps() == 3) terms.total = terms.total * NAN;
    return terms;
  };
  int validations = 0;
  hooks.validate = [&] {
    ++validations;
    return train::Scores{{"hmean", 1}};
  };
  const auto result = train::run(setting.trainer,
                                 {.folder = place,
                                  .steps = 24,
                                  .log_every = 6,
                                  .checkpoint_every = 100,
                                  .validate_every = 12,
                                  .quiet = true,
                                  .group = group,
                                  .seed = 5},
                                 hooks);
  CHECK(result.interrupted == (act == "stop"));
  CHECK(result.steps == (act == "stop" ? 10 : 24));
  CHECK(validations == (group.first() && act != "stop" ? 2 : 0));
  CHECK(setting.saved.size() == (validations > 0 ? 1 : 0));
  if (!group.first()) {
    auto state = at::zeros(1, at::kDouble);
    for (const auto& parameter : setting.net->parameters()) state += parameter.detach().to(at::kDouble).sum();
    io::StateDict sum;
    sum.add("sum", state);
    io::write_torch_file(std::filesystem::path(folder) / (act + ".pt"), sum, {});
  }
}

TEST_CASE("two processes run as one: one writes, all stop together, and they go on bit for bit") {
  const TemporaryFolder folder;
  const auto run = [&](const char* name, const char* act) {
    const auto statuses =
        processes::run("process that runs with others", 2, folder / "", {{"SCRIBA_TEST_RUN", name}, {"SCRIBA_TEST_ACT", act}});
    CHECK(statuses == std::vector<int>{0, 0});
  };
  run("straight", "all");
  run("broken", "stop");
  run("broken", "resume");
  CHECK(same_weights(folder / "broken/last.pt", folder / "straight/last.pt"));
  CHECK(same_weights(folder / "all.pt", folder / "resume.pt"));  // of the second
  const auto log = train::RunLog::read(folder / "straight/log.jsonl");
  REQUIRE(log.size() == 6);  // each line once
  CHECK(std::ranges::any_of(log[0].values, [](const auto& value) { return value.first == "skipped" && value.second == 1; }));
  // The network is that of both: the first's loss alone would lead elsewhere.
  Setting alone;
  train::run(alone.trainer, {.folder = folder / "alone", .steps = 24, .quiet = true}, alone.hooks());
  CHECK_FALSE(same_weights(folder / "alone/last.pt", folder / "straight/last.pt"));
}
