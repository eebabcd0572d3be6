// Training images per second of small detectors, with batches that loader threads make from photos, against a plain loop of LibTorch that
// learns one ready-made batch again and again; what making a batch costs on one core; and what a step costs beside the network, measured
// with a loss of the weights alone.
//
//     bench_train_speed [--model pp-ocr-v6] [--crop 512] [--batch 4] [--steps 20] [--images DIR --gt DIR] [--keep-memory 0|1]
//
// --keep-memory 0: freed memory goes back to the system, as in a program without train::keep_freed_memory().
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>
#include <string>

#include <scriba/augment/recipe.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/train/keep_memory.hpp>
#include <scriba/train/page_batches.hpp>
#include <scriba/train/trainer.hpp>
#include <scriba/zoo/trainable_detector.hpp>

namespace {

using namespace scriba;
using Clock = std::chrono::steady_clock;

constexpr int kWarmUp = 2;  // steps

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Photos of the documentation, with a text where the sample has one.
std::vector<data::PageEntry> sample_pages() {
  std::vector<data::PageEntry> out;
  for (int i = 0; i < 8; ++i)
    for (const char* name : {"img_120.jpg", "img_1.jpg", "img_233.jpg"})
      out.push_back({std::string(SCRIBA_SOURCE "/docs/images/") + name, {{{{209, 289}, {307, 275}, {309, 298}, {212, 312}}, "CREATE"}}});
  return out;
}

// `cached`: decoded pages stay in memory, as in every epoch but the first.
nlohmann::ordered_json measure(const std::string& name, int crop, int batch_size, int steps, const std::vector<data::PageEntry>& pages,
                               bool cached) {
  const auto detector = zoo::trainable_detector(name);
  train::to_channels_last(*detector.module);
  const train::PageBatches<std::any> batches(
      {{pages}},
      [augmented = augment::recipe::pages({crop, crop})](augment::Page& page, augment::Random& random) { augmented(page, random); },
      detector.target, detector.input->normalization, {.batch_size = batch_size, .seed = 1}, at::kCPU, cached ? std::size_t{1} << 30 : 0);
  // What a batch costs: reading and augmenting, targets, the rest is turning pixels into a tensor.
  if (cached)
    for (std::int64_t i = 0; i < 3 * batches.per_epoch(); ++i) batches.make(i);
  const auto start = Clock::now();
  for (int i = 0; i < steps; ++i) batches.make(i);
  const double making = seconds_since(start) / steps;
  const auto ready = batches.make(0);
  std::vector<target::PageAnnotation> annotations;
  for (const auto& page : ready.pages) annotations.push_back(page.annotation());
  const auto before = Clock::now();
  for (int i = 0; i < steps; ++i) {
    target::TargetReport report;
    detector.target(annotations, report);
  }
  const double targets = seconds_since(before) / steps;

  // Steps take turns, so that a machine that is slower for a while is so for all. What loaders make ahead falls into the others' steps,
  // too; it is little, see `making`.
  detector.module->train();
  torch::optim::Adam adam(detector.module->parameters(), torch::optim::AdamOptions(1e-4));
  const auto plain_step_of = [&](const at::Tensor& loss) {
    adam.zero_grad();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(detector.module->parameters(), 5.0);
    adam.step();
  };
  std::vector<std::pair<std::string, std::function<void()>>> ways;
  ways.emplace_back("plain", [&] { plain_step_of(detector.loss(ready.images, ready.target, false).total); });
  train::Trainer trainer(detector.module, {.schedule = {.kind = train::RateKind::constant, .rate = 1e-4}, .average = 0.995});
  // The trainer without a loader: it also watches for NaN, keeps an average of the weights and reads the loss.
  ways.emplace_back("trainer", [&] { trainer.step([&](int) { return detector.loss(ready.images, ready.target, false); }); });
  for (const int threads : {0, 1, 2}) {
    using Loader = data::Loader<train::PageBatch<std::any>>;
    const std::shared_ptr<Loader> loader(new Loader(batches.loader(0, steps + kWarmUp, {.threads = threads, .ahead = 4})));  // never moves
    ways.emplace_back("loader_threads_" + std::to_string(threads), [&trainer, &detector, loader] {
      trainer.step([&](int) {
        const auto batch = loader->next();
        return detector.loss(batch->images, batch->target, false);
      });
    });
  }
  const auto of_weights = [&] {
    std::vector<at::Tensor> sums;
    for (const auto& parameter : detector.module->parameters()) sums.push_back(parameter.sum());
    return at::stack(sums).sum() * 1e-6;
  };
  constexpr int kLight = 20;
  const auto ms_of = [&](const std::function<void()>& step) {
    std::vector<double> times;
    for (int i = 0; i < kLight; ++i) {
      const auto begin = Clock::now();
      step();
      times.push_back(1000 * seconds_since(begin));
    }
    std::ranges::sort(times);
    return times[kLight / 2];
  };
  const double plain_step = ms_of([&] { plain_step_of(of_weights()); });
  const double trainer_step = ms_of([&] { trainer.step([&](int) { return LossTerms{of_weights(), {}}; }); });

  std::vector<std::vector<double>> seconds(ways.size());
  for (int i = 0; i < steps + kWarmUp; ++i)
    for (std::size_t way = 0; way < ways.size(); ++way) {
      const auto begin = Clock::now();
      ways[way].second();
      if (i >= kWarmUp) seconds[way].push_back(seconds_since(begin));
    }
  nlohmann::ordered_json rates;
  for (std::size_t way = 0; way < ways.size(); ++way) {
    std::ranges::sort(seconds[way]);
    seconds[way][0] = seconds[way][seconds[way].size() / 2];
    rates[ways[way].first] = {{"images_per_second", batch_size / seconds[way][0]}, {"of_plain", seconds[0][0] / seconds[way][0]}};
  }
  return {{"model", name},
          {"decoded_pages_cached", cached},
          {"crop", crop},
          {"batch", batch_size},
          {"steps", rates},
          {"ms_of_a_step_beside_the_network", {{"plain", plain_step}, {"trainer", trainer_step}}},
          {"ms_making_an_image", 1000 * making / batch_size},
          {"ms_targets_of_an_image", 1000 * targets / batch_size}};
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options{{"--model", ""},  {"--crop", "512"}, {"--batch", "4"},      {"--steps", "20"},
                                             {"--images", ""}, {"--gt", ""},      {"--keep-memory", "1"}};
  for (int i = 1; i < argc; i += 2) {
    if (!options.contains(argv[i]) || i + 1 == argc) {
      std::cerr << "usage: bench_train_speed [--model NAME] [--crop PIXELS] [--batch N] [--steps N] [--images DIR --gt DIR] [--keep-memory "
                   "0|1]\n";
      return 2;
    }
    options[argv[i]] = argv[i + 1];
  }
  try {
    const bool kept = options["--keep-memory"] == "1" && train::keep_freed_memory();
    torch::set_num_threads(2);
    cv::setNumThreads(1);  // as training programs do
    const auto pages = options["--images"].empty() ? sample_pages() : data::read_page_folder(options["--images"], options["--gt"]);
    nlohmann::ordered_json out{{"bench", "train_speed"}, {"threads", 2}, {"memory_kept", kept}, {"runs", nlohmann::ordered_json::array()}};
    for (const std::string name : {"db-mobilenet-v3-small", "pp-ocr-v6"})
      if (options["--model"].empty() || options["--model"] == name)
        for (const bool cached : {false, true})
          out["runs"].push_back(
              measure(name, std::stoi(options["--crop"]), std::stoi(options["--batch"]), std::stoi(options["--steps"]), pages, cached));
    std::cout << out.dump(2) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_train_speed: " << error.what() << '\n';
    return 2;
  }
}
