#include "networks/reference_detectors.hpp"

#include <scriba/backbone/dense_net.hpp>
#include <scriba/backbone/mobile_net_v3.hpp>
#include <scriba/backbone/mobile_net_v3_quantizable.hpp>
#include <scriba/backbone/res_net.hpp>
#include <scriba/backbone/sast_res_net.hpp>
#include <scriba/backbone/sc_net.hpp>
#include <scriba/head/db.hpp>
#include <scriba/head/db_multi_class.hpp>
#include <scriba/head/db_quantizable.hpp>
#include <scriba/head/pan.hpp>
#include <scriba/head/pse.hpp>
#include <scriba/head/sast.hpp>
#include <scriba/io/reference_names.hpp>
#include <scriba/neck/db_fpn.hpp>
#include <scriba/neck/db_fpn_quantizable.hpp>
#include <scriba/neck/fpem_ffm.hpp>
#include <scriba/neck/fpn.hpp>
#include <scriba/neck/sast_fusion.hpp>

#include <stdexcept>

namespace golden {

namespace {

using namespace scriba;
using Json = nlohmann::json;
using Outputs = std::map<std::string, at::Tensor>;

// What a part becomes when its type is forgotten.
template <class Out, class In>
struct Stage {
  std::shared_ptr<torch::nn::Module> module;
  std::function<Out(const In&)> forward;
  FeatureSpec out{};
};
using BackboneStage = Stage<Features, at::Tensor>;
using NeckStage = Stage<Features, Features>;
using HeadStage = Stage<Outputs, Features>;

template <class Table>
const auto& find(const Table& table, const std::string& name, const char* what) {
  const auto found = table.find(name);
  if (found == table.end()) throw std::runtime_error(std::string("no ") + what + " for " + name);
  return found->second;
}

template <class B>
BackboneStage backbone(typename B::Options options = {}) {
  const auto part = B::make(options);
  return {part, [part](const at::Tensor& image) { return part->forward(image); }, B::out};
}

BackboneStage backbone_named(const std::string& name) {
  using namespace scriba::backbone;
  constexpr auto gate = MobileNetV3Gate::per_pixel;
  static const std::map<std::string, std::function<BackboneStage()>> table{
      {"det_densenet.densenet121", [] { return backbone<DenseNet121>({.maps = DenseNetMaps::raw}); }},
      {"det_densenet.densenet161", [] { return backbone<DenseNet161>({.maps = DenseNetMaps::raw}); }},
      {"det_densenet.densenet169", [] { return backbone<DenseNet169>({.maps = DenseNetMaps::raw}); }},
      {"det_densenet.densenet201", [] { return backbone<DenseNet201>({.maps = DenseNetMaps::raw}); }},
      {"det_mobilev3.mobilenet_v3_small", [] { return backbone<MobileNetV3Small>({.gate = gate}); }},
      {"det_mobilev3.mobilenet_v3_large", [] { return backbone<MobileNetV3Large>({.gate = gate}); }},
      {"det_mobilev3_pytorch_qua.mobilenet_v3_small", [] { return backbone<MobileNetV3Quantizable>({.gate = gate}); }},
      {"det_resnet.resnet18", [] { return backbone<ResNet18>(); }},
      {"det_resnet.resnet34", [] { return backbone<ResNet34>(); }},
      {"det_resnet.resnet50", [] { return backbone<ResNet50>(); }},
      {"det_resnet.resnet101", [] { return backbone<ResNet101>(); }},
      {"det_resnet.resnet152", [] { return backbone<ResNet152>(); }},
      {"det_resnet.deformable_resnet18",
       [] {
         return backbone<ResNet18>({.deformable = {false, true, true, true}});
       }},
      {"det_resnet.deformable_resnet50",
       [] {
         return backbone<ResNet50>({.deformable = {false, true, true, true}});
       }},
      {"det_resnet_3_3.resnet18", [] { return backbone<ResNet18Deep>(); }},
      {"det_resnet_3_3.resnet50", [] { return backbone<ResNet50Deep>(); }},
      {"det_resnet_3_3.resnet101", [] { return backbone<ResNet101Deep>(); }},
      {"det_scnet.scnet50", [] { return backbone<ScNet50>({.pool_padding = 1}); }},
      {"det_resnet_sast.resnet50", [] { return backbone<SastResNet50>(); }},
      {"det_resnet_sast_3_3.resnet50", [] { return backbone<SastResNet50Deep>(); }},
  };
  return find(table, name, "backbone")();
}

template <class N>
NeckStage neck(const FeatureSpec& in, typename N::Options options = {}) {
  if (!N::accepts(in)) throw std::runtime_error("the neck does not accept the levels of the backbone");
  const auto part = N::make(in, options);
  return {part, [part](const Features& levels) { return part->forward(levels); }, N::out(in)};
}

// Channels are a template argument of ours and a setting of the reference.
template <template <std::int64_t> class N>
NeckStage neck_of_width(const FeatureSpec& in, const Json& base) {
  switch (const auto channels = base.at("inner_channels").get<std::int64_t>()) {
    case 64:
      return neck<N<64>>(in);
    case 96:
      return neck<N<96>>(in);
    case 128:
      return neck<N<128>>(in);
    case 192:
      return neck<N<192>>(in);
    case 256:
      return neck<N<256>>(in);
    default:
      throw std::runtime_error("no neck of " + std::to_string(channels) + " channels");
  }
}

NeckStage neck_named(const std::string& name, const FeatureSpec& in, const Json& base) {
  static const std::map<std::string, std::function<NeckStage(const FeatureSpec&, const Json&)>> table{
      {"det_DBHead.DB_Head", neck_of_width<neck::DbFpn>},
      {"det_DBHead_Qua.DB_Head", neck_of_width<neck::DbFpnQuantizable>},
      {"det_FPNHead.FPN_Head", neck_of_width<neck::Fpn>},
      {"det_FPEM_FFM_Head.FPEM_FFM_Head", neck_of_width<neck::FpemFfm>},
      {"det_SASTHead.SASTHead",
       [](const FeatureSpec& levels, const Json& settings) {
         return neck<neck::SastFusion>(levels, {.attention = settings.value("with_attention", true)});
       }},
  };
  return find(table, name, "neck")(in, base);
}

// `named`: a head's output under the reference's names, which may differ in training.
template <class H>
HeadStage head(const FeatureSpec& in, typename H::Options options, std::function<Outputs(const typename H::Output&, bool training)> named) {
  if (!H::accepts(in)) throw std::runtime_error("the head does not accept the level of the neck");
  const auto part = H::make(in, options);
  return {part, [part, named](const Features& levels) {
            auto outputs = named(part->forward(levels), part->is_training());
            std::erase_if(outputs, [](const auto& item) { return !item.second.defined(); });
            return outputs;
          }};
}

Outputs db_maps(const head::DbMaps& maps, bool) {
  return {{"binary", maps.shrink}, {"thresh", maps.threshold}, {"thresh_binary", maps.binary}};
}

HeadStage head_named(const std::string& name, const FeatureSpec& in, const Json& base) {
  static const std::map<std::string, std::function<HeadStage(const FeatureSpec&, const Json&)>> table{
      {"det_DB_segout.SegDetector",
       [](const FeatureSpec& map, const Json& settings) {
         return head<head::Db>(
             map,
             {.k = settings.value("k", 50.0), .threshold = settings.value("adaptive", true), .serial = settings.value("serial", false)},
             db_maps);
       }},
      {"det_DB_segout_qua.SegDetector",
       [](const FeatureSpec& map, const Json& settings) {
         return head<head::DbQuantizable>(
             map, {.k = settings.value("k", 50.0), .threshold = settings.value("adaptive", true), .threshold_in_evaluation = true},
             db_maps);
       }},
      {"det_DB_segout.SegDetectorMul",
       [](const FeatureSpec& map, const Json& settings) {
         return head<head::DbMultiClass>(map,
                                         {.classes = settings.at("n_class").get<std::int64_t>(),
                                          .k = settings.value("k", 50.0),
                                          .threshold = settings.value("adaptive", true)},
                                         [](const head::DbMultiClassMaps& maps, bool) {
                                           return Outputs{{"binary", maps.shrink},
                                                          {"thresh", maps.threshold},
                                                          {"thresh_binary", maps.binary},
                                                          {"binary_class", maps.class_logits}};
                                         });
       }},
      {"det_PSE_segout.SegDetector",
       [](const FeatureSpec& map, const Json& settings) {
         return head<head::Pse>(map, {.kernels = settings.at("classes").get<std::int64_t>()}, [](const head::PseMaps& maps, bool training) {
           if (!training) return Outputs{{"logits", maps.logits}};
           return Outputs{{"pre_text", maps.logits.select(1, 0)}, {"pre_kernel", maps.logits.slice(1, 1)}};
         });
       }},
      {"det_PAN_segout.SegDetector",
       [](const FeatureSpec& map, const Json& settings) {
         if (settings.at("classes") != 6) throw std::runtime_error("PAN has six maps");
         return head<head::Pan>(map, {}, [](const head::PanMaps& maps, bool training) {
           if (!training) return Outputs{{"logits", maps.logits}};
           return Outputs{{"pre_text", maps.logits.select(1, 0)},
                          {"pre_kernel", maps.logits.select(1, 1)},
                          {"similarity_vector", maps.logits.slice(1, 2)}};
         });
       }},
      {"det_SAST_segout.SegDetector",
       [](const FeatureSpec& map, const Json&) {
         return head<head::Sast>(map, {}, [](const head::SastMaps& maps, bool) {
           return Outputs{{"f_score", maps.score}, {"f_border", maps.border}, {"f_tvo", maps.tvo}, {"f_tco", maps.tco}};
         });
       }},
  };
  return find(table, name, "head")(in, base);
}

}  // namespace

ReferenceDetector reference_detector(const nlohmann::json& components, const nlohmann::json& base) {
  const auto name = [&](const char* part) { return components.at(part).get<std::string>(); };
  const auto backbone = backbone_named(name("backbone"));
  if (base.contains("in_channels")) {
    const auto channels = base.at("in_channels").get<std::vector<std::int64_t>>();
    for (std::size_t i = 0; i < channels.size(); ++i)
      if (channels.size() != backbone.out.size || channels[i] != backbone.out[i].channels)
        throw std::runtime_error("the backbone has other channels than in_channels says");
  }
  const auto neck = neck_named(name("head"), backbone.out, base);
  const auto head = head_named(name("segout"), neck.out, base);

  auto module = std::make_shared<torch::nn::Module>();
  module->register_module("backbone", backbone.module);
  module->register_module("neck", neck.module);
  module->register_module("head", head.module);
  return {module, backbone.forward, neck.forward, head.forward, name("head") == "det_SASTHead.SASTHead"};
}

std::string reference_name(const std::string& ours) {
  io::NameMap inverse;
  for (const auto& rule : io::reference_detector_names().rules) inverse.rules.push_back({rule.to, rule.from});
  return inverse(ours);
}

}  // namespace golden
