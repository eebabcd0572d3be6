// Whole recognisers against the reference, in double: evaluation and training outputs, losses, gradients, statistics of batch norms.
#include <scriba/io/reference_names.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/loss/fixed_length.hpp>

#include "networks/golden_case.hpp"
#include "networks/reference_recognizers.hpp"
#include "networks/state_dict_list.hpp"
#include "support/targets.hpp"

using namespace scriba;

namespace {

using golden::Tensors;

// The numbers of a list, or of lists of them one after the other.
std::vector<std::int64_t> flat_integers(const nlohmann::json& values) {
  std::vector<std::int64_t> out;
  for (const auto& value : values) {
    const auto numbers = value.is_array() ? flat_integers(value) : std::vector{value.get<std::int64_t>()};
    out.insert(out.end(), numbers.begin(), numbers.end());
  }
  return out;
}

// The loss under the reference's names for its terms.
golden::ReferenceLoss reference_loss(const nlohmann::json& json, const at::Tensor& logits) {
  const auto list = [&](const char* name) { return at::tensor(json.at("targets").at(name).at("values").get<std::vector<std::int64_t>>()); };
  const auto name = json.at("components").at("loss").get<std::string>();
  const auto arguments = json.value("loss_args", nlohmann::json::object());
  if (name == "ctc_loss.CTCLoss") {
    head::CtcSequence sequence;
    sequence.logits = logits;
    const loss::Ctc ctc({.length_weight = arguments.value("use_ctc_weight", false),
                         .form = loss::LossForm::reference,
                         .reference_batch = json.at("batch_size_divisor").get<std::int64_t>()});
    const auto total = ctc(sequence, {list("labels"), list("labels_len")}).total;
    return {total, {{"ctc", total}}};
  }
  if (name.ends_with("FCLoss")) {
    const auto& rule = json.at("targets").begin().value();
    const auto labels = at::tensor(flat_integers(rule.at("values")), at::kLong).reshape(logits.sizes().slice(0, 2));
    const auto total = loss::position_cross_entropy(logits, labels, arguments.value("ignore_index", 37));
    golden::ReferenceLoss out{total, {}};
    for (const auto& [key, value] : json.at("loss").items())  // one term, whatever its name
      if (key != "loss.total") out.terms[key.substr(5)] = total;
    return out;
  }
  throw std::runtime_error("no loss for " + name);
}

struct Case : golden::NetworkCase {
  golden::ReferenceRecognizer network;

  // Runs the network in its present mode; `mode` is "eval" or "train". Returns the logits.
  at::Tensor check_forward(const std::string& mode, const at::Tensor& input) {
    const auto levels = network.backbone(input);
    auto outputs = network.head(levels);
    REQUIRE(levels.size() == 1);
    outputs["backbone.0"] = levels[0];
    std::size_t compared = 0, expected = 0;
    for (const auto& [key, shape] : json.at("shapes").items()) {
      if (!key.starts_with(mode + ".")) continue;
      ++expected;
      auto name = key.substr(mode.size() + 1);
      if (name == "flat")
        name = outputs.at("flat.pooled").sizes() == shape.get<std::vector<std::int64_t>>() ? "flat.pooled" : "flat.hidden";
      REQUIRE_MESSAGE(outputs.contains(name), key);
      check_map(mode, key, outputs.at(name));
      ++compared;
    }
    CHECK(compared == expected);
    CHECK(compared >= 3);
    CHECK(golden::largest_difference(network.probability(levels), at::softmax(outputs.at("logits"), -1)) < 1e-12);
    return outputs.at("logits");
  }

  void check() {
    prepare();
    const auto input = golden::formula_input(json.at("input"));
    module->eval();
    {
      const torch::NoGradGuard no_gradients;
      check_forward("eval", input);
    }
    module->train();
    const auto logits = check_forward("train", input);
    check_statistics();
    const auto loss = reference_loss(json, logits);
    check_loss(loss);
    loss.total.backward();
    check_gradients();
  }
};

bool is_recognizer(const nlohmann::json& json) {
  if (!json.contains("components")) return false;
  const auto backbone = json.at("components").value("backbone", "");
  return backbone.starts_with("rec_") || backbone.starts_with("reg_");
}

}  // namespace

TEST_CASE("recognisers agree with the reference") {
  const auto folder = golden::shared() / "golden" / "networks";
  if (golden::absent(folder)) return;
  torch::set_num_threads(2);
  std::size_t checked = 0;
  for (const auto& path : golden::cases(folder, "")) {
    const auto json = golden::json(path);
    if (!is_recognizer(json)) continue;
    const auto name = path.stem().string();
    CAPTURE(name);
    try {
      const auto network = golden::reference_recognizer(json.at("components"), json.at("base"));
      Case one{{json, golden::tensors(golden::fs::path(path).replace_extension(".pt")), network.module, network.reference_name}, network};
      one.check();
      MESSAGE(name, ": largest differences", one.reached());
      ++checked;
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
  CHECK(checked > 0);
}

TEST_CASE("weights of recognisers have the names and shapes of the reference's") {
  const auto path = golden::shared() / "reference" / "state_dict_shapes.txt";
  if (golden::absent(path)) return;
  std::size_t compared = 0;
  for (const auto& [model, expected] : golden::listed_state_dicts(path)) {
    const auto has = [&, &name = model](const char* part) { return name.find(part) != std::string::npos; };
    if (!has("CRNN") && !has("FC_")) continue;
    CAPTURE(model);
    const nlohmann::json components{
        {"backbone", has("mbv3") ? std::string("rec_mobilev3_bd.mobilenet_v3_") + (has("small") ? "small" : "large")
                                 : std::string("reg_resnet_bd.resnet") + (has("34") ? "34" : "50")},
        {"head", has("FC_") ? "rec_FCHead.FC_Head" : "rec_CRNNHead.CRNN_Head"}};
    const nlohmann::json base{{"is_gray", has("gray")},
                              {"lstm_num", 2},
                              {"img_shape", {32, 100}},
                              {"hiddenchannel", has("h128")  ? 128
                                                : has("h96") ? 96
                                                             : 48},
                              {"classes", 37}};
    const auto network = golden::reference_recognizer(components, base);
    CHECK(golden::shapes(*network.module, network.reference_name) == expected);
    ++compared;
  }
  CHECK(compared >= 4);
}

TEST_CASE("the reference's names of recognisers become ours") {
  const auto two = io::reference_recognizer_names(2), none = io::reference_recognizer_names(0);
  CHECK(two("backbone.conv1_1.conv.weight") == "backbone.conv1_1.conv.weight");
  CHECK(two("head.lstm_1.rnn.weight_ih_l0") == "neck.lstm_1.rnn.weight_ih_l0");
  CHECK(two("head.lstm_1.embedding.weight") == "neck.lstm_1.embedding.weight");
  CHECK(two("head.lstm_2.embedding.bias") == "head.fc.bias");
  CHECK(io::reference_recognizer_names(1)("head.lstm_1.embedding.weight") == "head.fc.weight");
  CHECK(none("head.out.weight") == "head.fc.weight");
  const auto attention = io::reference_recognizer_names(2, true);
  CHECK(attention("head.time_attention.attention.0.bias") == "neck.first.time_attention.attention.0.bias");
  CHECK(attention("head.lstm_2.rnn.bias_hh_l0") == "neck.second.lstm_2.rnn.bias_hh_l0");
}

TEST_CASE("components that stand for nothing are refused") {
  CHECK_THROWS(golden::reference_recognizer({{"backbone", "rec_vgg.vgg12"}, {"head", "rec_CRNNHead.CRNN_Head"}}, {}));
  CHECK_THROWS(golden::reference_recognizer({{"backbone", "reg_resnet_bd.resnet34"}, {"head", "attention"}}, {{"is_gray", true}}));
}
