// Names and shapes of all weights of the reference's detectors, as shared/reference/state_dict_shapes.txt lists them.
#include "networks/reference_detectors.hpp"
#include "networks/state_dict_list.hpp"

#include <scriba/io/reference_names.hpp>

namespace {

// The settings behind a model's name in the list: algorithm, backbone, stem.
golden::ReferenceDetector detector(const std::string& model) {
  const auto has = [&](const char* part) { return model.find(part) != std::string::npos; };
  const bool sast = has("SAST");
  nlohmann::json components, base{{"inner_channels", has("mbv3") ? 96 : has("PAN") ? 128 : 256}};
  components["backbone"] =
      has("mbv3") ? std::string("det_mobilev3.mobilenet_v3_") + (has("small") ? "small" : "large")
                  : std::string("det_resnet") + (sast ? "_sast" : "") + (has("3x3") ? "_3_3" : "") + ".resnet" + (has("18") ? "18" : "50");
  components["head"] = sast         ? "det_SASTHead.SASTHead"
                       : has("PSE") ? "det_FPNHead.FPN_Head"
                       : has("PAN") ? "det_FPEM_FFM_Head.FPEM_FFM_Head"
                                    : "det_DBHead.DB_Head";
  components["segout"] = "det_" + model.substr(0, model.find('_')) + "_segout.SegDetector";
  base["classes"] = has("PSE") ? 7 : 6;
  return golden::reference_detector(components, base);
}

}  // namespace

TEST_CASE("weights have the names and shapes of the reference's") {
  const auto path = golden::shared() / "reference" / "state_dict_shapes.txt";
  if (golden::absent(path)) return;
  std::size_t compared = 0;
  for (const auto& [model, expected] : golden::listed_state_dicts(path)) {
    if (model.starts_with("CRNN") || model.starts_with("FC")) continue;  // recognisers
    CAPTURE(model);
    const auto got = golden::shapes(*detector(model).module, golden::reference_name);
    CHECK(got.size() == expected.size());
    for (const auto& [name, shape] : expected) CHECK_MESSAGE((got.contains(name) && got.at(name) == shape), name, " ", shape);
    ++compared;
  }
  CHECK(compared >= 7);
}

TEST_CASE("configurations of the reference have as many parameters as it says") {
  struct Configuration {
    const char *backbone, *neck, *head;
    std::int64_t channels, parameters;
  };
  for (const auto& c : {
           Configuration{"det_mobilev3.mobilenet_v3_small", "det_DBHead.DB_Head", "det_DB_segout.SegDetector", 96, 579'550},
           Configuration{"det_mobilev3.mobilenet_v3_small", "det_DBHead.DB_Head", "det_DB_segout.SegDetectorMul", 96, 603'001},
           Configuration{"det_mobilev3.mobilenet_v3_large", "det_DBHead.DB_Head", "det_DB_segout.SegDetector", 96, 1'437'174},
           Configuration{"det_resnet_3_3.resnet50", "det_FPEM_FFM_Head.FPEM_FFM_Head", "det_DB_segout.SegDetector", 256, 26'028'610},
           Configuration{"det_mobilev3.mobilenet_v3_small", "det_FPNHead.FPN_Head", "det_PSE_segout.SegDetector", 96, 1'031'955},
           Configuration{"det_resnet_3_3.resnet18", "det_FPEM_FFM_Head.FPEM_FFM_Head", "det_PAN_segout.SegDetector", 128, 11'728'966},
           Configuration{"det_resnet_sast.resnet50", "det_SASTHead.SASTHead", "det_SAST_segout.SegDetector", 128, 47'534'974},
       }) {
    CAPTURE(c.parameters);
    const nlohmann::json base{
        {"inner_channels", c.channels}, {"classes", std::string(c.head).find("PSE") != std::string::npos ? 7 : 6}, {"n_class", 3}};
    const auto network = golden::reference_detector({{"backbone", c.backbone}, {"head", c.neck}, {"segout", c.head}}, base);
    std::int64_t parameters = 0;
    for (const auto& p : network.module->parameters()) parameters += p.numel();
    CHECK(parameters == c.parameters);
  }
  CHECK_THROWS(golden::reference_detector({{"backbone", "det_resnet.resnet50"}, {"head", "det_SASTHead.SASTHead"}, {"segout", ""}}, {}));
}

TEST_CASE("the reference's names become ours and back") {
  const auto ours = scriba::io::reference_detector_names();
  for (const auto& [reference, name] :
       {std::pair{"backbone.conv1.weight", "backbone.conv1.weight"}, std::pair{"head.in5.conv.weight", "neck.in5.conv.weight"},
        std::pair{"seg_out.binarize.0.weight", "head.binarize.0.weight"}}) {
    CHECK(ours(reference) == name);
    CHECK(golden::reference_name(name) == reference);
  }
}
