// What is a part and what is not, and a model written from nothing in a user's way.
#include <scriba/concepts.hpp>
#include <scriba/detector.hpp>
#include <scriba/engine/eager.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/reader.hpp>
#include <scriba/recognizer.hpp>
#include <scriba/zoo/pp_ocr.hpp>

#include <thread>

#include "support/tensors.hpp"

using namespace scriba;

static_assert(Backbone<backbone::PpLcNetV4SmallDetection> && Backbone<backbone::PpLcNetV3<75, false>> &&
              Backbone<backbone::MobileNetV3LineTiny>);
static_assert(Neck<neck::SeFpn<96, neck::SeFpnSmooth::conv3x3>> && Neck<neck::LightSvtr<>> && Neck<neck::Svtr<>> && Neck<neck::Identity>);
static_assert(Head<head::Db> && Head<head::Ctc> && Head<head::Classify>);
static_assert(LossFor<loss::Db, head::Db> && LossFor<loss::Ctc, head::Ctc> && LossFor<loss::CrossEntropy, head::Classify>);
static_assert(PostProcessFor<postprocess::DbBoxes, head::Db> && PostProcessFor<postprocess::CtcText, head::Ctc> &&
              PostProcessFor<postprocess::TopClass, head::Classify>);
static_assert(Engine<engine::OpenVino> && Engine<engine::Eager<zoo::PpOcrV6Detector>>);
static_assert(DetectorModel<zoo::PpOcrV6Detector> && DetectorModel<DeployedDetector<zoo::PpOcrV6Detector, engine::OpenVino>>);
static_assert(RecognizerModel<zoo::PpOcrV6Recognizer> && DirectionModel<zoo::PpOcrV2Direction> && DirectionModel<NoDirection>);

// None of these is what it nearly is.
static_assert(!Backbone<neck::Identity> && !Neck<backbone::MobileNetV3LineTiny> && !Head<neck::Identity> && !Backbone<int>);
static_assert(!LossFor<loss::Ctc, head::Db> && !LossFor<loss::Db, head::Ctc> && !PostProcessFor<postprocess::CtcText, head::Db>);
static_assert(!RecognizerModel<zoo::PpOcrV2Direction> && !DetectorModel<zoo::PpOcrV6Recognizer> && !Engine<zoo::PpOcrV6Detector>);

namespace mine {

struct NoOptions : torch::nn::Module {};
static_assert(!HasOptions<NoOptions>);

struct ConvOptions {
  std::int64_t channels = 6;
};

// Ten lines of backbone: one map at stride 4.
class Conv final : public nn::Part<Conv, ConvOptions> {
 public:
  static constexpr FeatureSpec out = features(Level{6, 4});
  explicit Conv(ConvOptions options) : Part(options) {}
  void reset() override { conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, options_.channels, 4).stride(4))); }
  Features forward(const at::Tensor& image) { return {conv_->forward(image)}; }

 private:
  torch::nn::Conv2d conv_{nullptr};
};

struct MapOptions {};
struct Map {
  at::Tensor text;
  static constexpr auto fields() { return std::array{nn::OutputField<Map>{"text", &Map::text}}; }
};

class MapHead final : public nn::Part<MapHead, MapOptions, FeatureSpec> {
 public:
  using Output = Map;
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 1; }
  MapHead(FeatureSpec in, MapOptions options) : Part(options), in_(in) {}
  void reset() override { conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_[0].channels, 1, 1))); }
  Map forward(const Features& in) { return {at::sigmoid(conv_->forward(in[0]))}; }

 private:
  FeatureSpec in_;
  torch::nn::Conv2d conv_{nullptr};
};

struct SquareOptions {
  double weight = 1;
};
struct Square {
  using Options = SquareOptions;
  using Target = at::Tensor;
  Options options;
  explicit Square(Options o = {}) : options(o) {}
  LossTerms operator()(const Map& map, const at::Tensor& truth) const {
    const auto value = options.weight * at::mse_loss(map.text, truth);
    return {value, {{"square", value}}};
  }
};

struct CountOptions {
  float threshold = 0.5f;
};
struct Brightest {
  using Options = CountOptions;
  using Result = std::vector<TextRegion>;
  Options options;
  explicit Brightest(Options o = {}) : options(o) {}
  std::vector<Result> operator()(const Map& map, std::span<const cv::Size> sources) const {
    std::vector<Result> out(sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const float score = map.text[static_cast<std::int64_t>(i)].max().item<float>();
      const auto w = static_cast<float>(sources[i].width), h = static_cast<float>(sources[i].height);
      if (score > options.threshold) out[i].push_back({.polygon = {{0, 0}, {w, 0}, {w, h}, {0, h}}, .score = score});
    }
    return out;
  }
};

using Model = Detector<Conv, neck::Identity, MapHead, Square, Brightest>;
static_assert(DetectorModel<Model>);

}  // namespace mine

TEST_CASE("a model written from nothing trains and finds") {
  torch::manual_seed(2);
  mine::Model model({.backbone = {.channels = 6}, .loss = {.weight = 3}, .input = {.resize = {.side = 32}}});
  const auto image = at::rand({2, 3, 32, 32});
  torch::optim::SGD optimizer(model.parameters(), 0.5);
  double first = 0, last = 0;
  for (int i = 0; i < 20; ++i) {
    const auto loss = model.loss(model.forward(image), at::ones({2, 1, 8, 8}));
    optimizer.zero_grad();
    loss.total.backward();
    optimizer.step();
    (i == 0 ? first : last) = loss.total.item<double>();
  }
  CHECK(last < first / 2);
  model.eval();
  const auto found = model.predict(cv::Mat(50, 80, CV_8UC3, cv::Scalar::all(128)));
  REQUIRE(found.size() == 1);
  CHECK(found[0].polygon[2] == Point(80, 50));

  const auto copy = std::dynamic_pointer_cast<mine::Model>(model.clone());
  CHECK(copy->options().loss.weight == 3);
  CHECK(golden::largest_difference(copy->forward(image).text, model.forward(image).text) == 0);
}

TEST_CASE("a deployed detector gives what its model gives, whatever the engine") {
  auto model = std::make_shared<mine::Model>(mine::Model::Options{.postprocess = {.threshold = 0}, .input = {.resize = {.side = 32}}});
  model->eval();
  const DeployedDetector<mine::Model, engine::Eager<mine::Model>> deployed(std::make_shared<engine::Eager<mine::Model>>(model),
                                                                           model->options());
  const cv::Mat image(40, 60, CV_8UC1, cv::Scalar::all(77));
  CHECK(deployed.predict(image).at(0).score == doctest::Approx(model->predict(image).at(0).score));
}

TEST_CASE("outputs of an engine are taken by name, or by place when no name is known") {
  const auto x = at::ones({1}), y = at::zeros({1});
  CHECK(output_from<mine::Map>({{"other", y}, {"text", x}}).text.equal(x));
  CHECK(output_from<mine::Map>({{"fetch_0", y}}).text.equal(y));
  CHECK_THROWS_AS(output_from<mine::Map>({}), Error);
  CHECK(named_tensors(mine::Map{x}).size() == 1);
  CHECK(named_tensors(mine::Map{}).empty());
}
