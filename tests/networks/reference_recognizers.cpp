#include "networks/reference_recognizers.hpp"

#include <scriba/backbone/crnn_line.hpp>
#include <scriba/backbone/mobile_net_v3_line.hpp>
#include <scriba/backbone/res_net_line.hpp>
#include <scriba/backbone/vgg_line.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/head/fixed_length.hpp>
#include <scriba/io/reference_names.hpp>
#include <scriba/neck/chain.hpp>
#include <scriba/neck/identity.hpp>
#include <scriba/neck/sequence_attention.hpp>
#include <scriba/neck/stacked_bi_lstm.hpp>

#include <stdexcept>
#include <vector>

namespace golden {

namespace {

using namespace scriba;
using Json = nlohmann::json;
using Outputs = std::map<std::string, at::Tensor>;

struct BackboneStage {
  std::shared_ptr<torch::nn::Module> module;
  std::function<Features(const at::Tensor&)> forward;
  FeatureSpec out;
};

// A neck, and what each of its LSTMs gives.
struct NeckStage {
  std::shared_ptr<torch::nn::Module> module;
  std::function<std::vector<at::Tensor>(const Features&)> each;  // [N, T, C]
  FeatureSpec out;
};

template <class B>
BackboneStage backbone(std::int64_t planes) {
  const auto part = B::make({.planes = planes});
  return {part, [part](const at::Tensor& image) { return part->forward(image); }, B::out};
}

BackboneStage backbone_named(const std::string& name, std::int64_t planes) {
  using namespace scriba::backbone;
  static const std::map<std::string, std::function<BackboneStage(std::int64_t)>> table{
      {"reg_resnet_bd.resnet18", backbone<ResNet18Line>},
      {"reg_resnet_bd.resnet34", backbone<ResNet34Line>},
      {"reg_resnet_bd.resnet50", backbone<ResNet50Line>},
      {"rec_mobilev3_bd.mobilenet_v3_small", backbone<MobileNetV3LineSmall>},
      {"rec_mobilev3_bd.mobilenet_v3_large", backbone<MobileNetV3LineLarge>},
      {"rec_crnn_backbone.rec_crnn_backbone", backbone<CrnnLine>},
      {"rec_vgg.vgg11_bn", backbone<Vgg11BnLine>},
      {"rec_vgg.vgg16", backbone<Vgg16Line>},
      {"rec_vgg.vgg16_bn", backbone<Vgg16BnLine>},
      {"rec_vgg.vgg19_bn", backbone<Vgg19BnLine>},
  };
  const auto found = table.find(name);
  if (found == table.end()) throw std::runtime_error("no backbone for " + name);
  return found->second(planes);
}

template <class Lstms>
NeckStage neck(const FeatureSpec& in, std::int64_t frames, bool attention) {
  if (!attention) {
    const auto part = Lstms::make(in);
    return {part, [part](const Features& row) { return part->each(row); }, Lstms::out(in)};
  }
  using Chain = neck::Chain<neck::SequenceAttention, Lstms>;
  const auto part = Chain::make(in, {.first = {.frames = frames}});
  return {part, [part](const Features& row) { return part->second()->each(part->first()->forward(row)); }, Chain::out(in)};
}

// Units and depth are template arguments of ours and settings of the reference.
template <std::int64_t Hidden>
NeckStage neck_of_depth(const FeatureSpec& in, std::int64_t depth, std::int64_t frames, bool attention) {
  if (depth == 1) return neck<neck::StackedBiLstm<Hidden, 1>>(in, frames, attention);
  if (depth == 2) return neck<neck::StackedBiLstm<Hidden, 2>>(in, frames, attention);
  throw std::runtime_error("no neck of " + std::to_string(depth) + " LSTMs");
}

NeckStage neck_of(const FeatureSpec& in, const Json& base, int lstms) {
  const bool attention = base.value("use_attention", false);
  if (lstms == 0) {
    if (attention) throw std::runtime_error("no attention without LSTMs");
    return {neck::Identity::make(in), [](const Features& row) { return std::vector{row[0].flatten(2).transpose(1, 2)}; }, in};
  }
  const auto frames = base.at("img_shape").at(1).get<std::int64_t>() / 4;
  switch (const auto hidden = base.at("hiddenchannel").get<std::int64_t>()) {
    case 48:
      return neck_of_depth<48>(in, lstms, frames, attention);
    case 96:
      return neck_of_depth<96>(in, lstms, frames, attention);
    case 128:
      return neck_of_depth<128>(in, lstms, frames, attention);
    case 256:
      return neck_of_depth<256>(in, lstms, frames, attention);
    default:
      throw std::runtime_error("no LSTM of " + std::to_string(hidden) + " units");
  }
}

// The output of a head in a mode of its own: it holds nothing that differs but the softmax.
template <class H>
typename H::Output in_mode(H& head, const Features& in, bool training) {
  const bool before = head.is_training();
  head.train(training);
  auto output = head.forward(in);
  head.train(before);
  return output;
}

ReferenceRecognizer crnn(const BackboneStage& backbone, const Json& base) {
  const int lstms = base.value("use_lstm", true) ? base.at("lstm_num").get<int>() : 0;
  const auto neck = neck_of(backbone.out, base, lstms);
  const auto head = head::Ctc::make(neck.out, {.classes = base.at("classes").get<std::int64_t>()});
  const auto row = [](const at::Tensor& sequence) { return Features{sequence.transpose(1, 2).unsqueeze(2)}; };

  ReferenceRecognizer out;
  out.module = std::make_shared<torch::nn::Module>();
  out.module->register_module("backbone", backbone.module);
  out.module->register_module("neck", neck.module);
  out.module->register_module("head", head);
  out.backbone = backbone.forward;
  out.head = [=](const Features& levels) {
    const auto each = neck.each(levels);
    const auto logits = in_mode(*head, row(each.back()), true).logits;
    Outputs outputs{{"logits", logits}};
    // The reference's last LSTM ends in the classes; ours ends before them.
    for (std::size_t i = 0; i < each.size(); ++i)
      outputs["feats." + std::to_string(i)] = i + 1 < each.size() || lstms == 0 ? each[i] : logits;
    return outputs;
  };
  out.probability = [=](const Features& levels) { return in_mode(*head, row(neck.each(levels).back()), false).probability; };
  io::NameMap inverse;
  for (const auto& rule : io::reference_recognizer_names(lstms, base.value("use_attention", false)).rules)
    inverse.rules.push_back({rule.to, rule.from});
  out.reference_name = inverse;
  return out;
}

ReferenceRecognizer fixed_length(const BackboneStage& backbone, const Json& base) {
  head::FixedLengthOptions options;
  options.classes = base.value("num_class", 36) + 1;
  options.positions = base.value("max_length", 25) + 1;
  const auto head = head::FixedLength::make(backbone.out, options);
  ReferenceRecognizer out;
  out.module = std::make_shared<torch::nn::Module>();
  out.module->register_module("backbone", backbone.module);
  out.module->register_module("head", head);
  out.backbone = backbone.forward;
  out.head = [=](const Features& levels) {
    const auto pooled = levels[0].mean({2, 3});
    const auto layers = std::dynamic_pointer_cast<head::detail::FixedLengthLayers>(head->named_children()["fc_end"]);
    return Outputs{{"logits", in_mode(*head, levels, true).logits}, {"flat.pooled", pooled}, {"flat.hidden", layers->forward(pooled)}};
  };
  out.probability = [=](const Features& levels) { return in_mode(*head, levels, false).probability; };
  out.reference_name = [](const std::string& name) { return name; };
  return out;
}

}  // namespace

ReferenceRecognizer reference_recognizer(const nlohmann::json& components, const nlohmann::json& base) {
  const auto backbone = backbone_named(components.at("backbone").get<std::string>(), base.value("is_gray", true) ? 1 : 3);
  const auto head = components.at("head").get<std::string>();
  if (head == "rec_CRNNHead.CRNN_Head") return crnn(backbone, base);
  if (head == "rec_FCHead.FC_Head") return fixed_length(backbone, base);
  throw std::runtime_error("no head for " + head);
}

}  // namespace golden
