#include <scriba/concepts.hpp>
#include <scriba/rectify/tps.hpp>

#include <thread>

#include "support/gradients.hpp"
#include "support/parts.hpp"

using namespace scriba;
using rectify::Tps;
using rectify::TpsSampling;

static_assert(Rectifier<Tps>);

namespace {

// x and y of the middle of every pixel, [H, W] each, -1 and 1 at the edges of the image.
std::pair<at::Tensor, at::Tensor> middles(std::int64_t height, std::int64_t width) {
  const auto along = [](std::int64_t n) { return (2 * at::arange(n, at::kDouble) + 1) / n - 1; };
  return {along(width).unsqueeze(0).expand({height, width}), along(height).unsqueeze(1).expand({height, width})};
}

at::Tensor as_image(const at::Tensor& plane) { return plane.unsqueeze(0).unsqueeze(0).contiguous(); }

// A rectifier that has learnt control points [F, 2], whatever the image.
std::shared_ptr<Tps> with_points(const at::Tensor& points, rectify::TpsOptions options = {}) {
  options.control_points = static_cast<int>(points.size(0));
  const auto tps = Tps::make(options);
  tps->to(at::kDouble);
  const torch::NoGradGuard no_gradients;
  tps->named_parameters()["loc_net.fc2.bias"].copy_(points.flatten());
  tps->eval();
  return tps;
}

at::Tensor straight_points(std::int64_t count) {
  const auto x = at::linspace(-1, 1, count / 2, at::kDouble), one = at::ones({count / 2}, at::kDouble);
  return at::cat({at::stack({x, -one}, 1), at::stack({x, one}, 1)});
}

// Weights that bend lines in a way that depends on the image.
void bend(Tps& tps, std::uint64_t seed) {
  const torch::NoGradGuard no_gradients;
  torch::manual_seed(seed);
  for (const auto* name : {"loc_net.fc2.weight", "grid_generator.fc.weight"}) tps.named_parameters()[name].normal_(0, 0.02);
}

// For the checks that all parts have.
class AsPart final : public torch::nn::Module {
 public:
  explicit AsPart(std::shared_ptr<Tps> tps) : tps_(register_module("tps", std::move(tps))) {}
  Features forward(const Features& in) { return {tps_->forward(in[0])}; }

 private:
  std::shared_ptr<Tps> tps_;
};

}  // namespace

TEST_CASE("a new rectifier gives every image back") {
  torch::manual_seed(1);
  for (const auto localization : {rectify::TpsLocalization::small, rectify::TpsLocalization::large})
    for (const auto& size : {std::pair{32, 100}, std::pair{8, 8}, std::pair{48, 33}}) {
      const auto tps = Tps::make({.planes = 3, .localization = localization});
      const auto image = at::rand({2, 3, size.first, size.second});
      CHECK(golden::largest_difference(tps->forward(image), image) < 1e-4);
      tps->to(at::kDouble);
      CHECK(golden::largest_difference(tps->forward(image.to(at::kDouble)), image) < 1e-5);  // its weights began in single precision
    }
}

TEST_CASE("sampled as the reference does, the same image is enlarged by W / (W - 1)") {
  const auto ramp = as_image(at::arange(10, at::kDouble).unsqueeze(0).expand({8, 10}));
  const auto tps = with_points(straight_points(20), {.sampling = TpsSampling::reference});
  const auto expected = as_image(((2 * at::arange(10, at::kDouble) + 1) / 10 / 2 * 9).unsqueeze(0).expand({8, 10}));
  CHECK(golden::largest_difference(tps->forward(ramp), expected) < 1e-9);
}

TEST_CASE("control points moved by a plane map move every pixel by it; beyond the image its border goes on") {
  const auto [x, y] = middles(16, 40);
  const auto image = as_image(x);
  const auto half = with_points(straight_points(10) * 0.5);
  CHECK(golden::largest_difference(half->grid(half->control_points(image), image)[0], at::stack({x, y}, 2) * 0.5) < 1e-9);
  CHECK(golden::largest_difference(half->forward(image), as_image(x) * 0.5) < 1e-9);

  const auto twice = straight_points(10) * 2;
  const auto out = with_points(twice)->forward(as_image(at::ones({16, 40}, at::kDouble)));
  CHECK(golden::largest_difference(out, at::ones_like(out)) < 1e-12);
  const auto zeros = with_points(twice, {.sampling = TpsSampling::reference})->forward(as_image(at::ones({16, 40}, at::kDouble)));
  CHECK(zeros[0][0][0][0].item<double>() == 0);
}

TEST_CASE("an arched line comes out straight when the control points follow its edges") {
  const auto [x, y] = middles(64, 160);
  const auto arch = [](const at::Tensor& along) { return 0.4 * (1 - along.square()); };
  const auto image = as_image(y + arch(x));  // constant along arcs
  auto points = straight_points(20);
  points.select(1, 1).mul_(0.5).sub_(arch(points.select(1, 0)));
  const auto straight = with_points(points)->forward(image)[0][0];
  const auto unevenness = [](const at::Tensor& map) { return (map.amax(1) - map.amin(1)).max().item<double>(); };
  CHECK(unevenness(image[0][0]) > 0.39);
  CHECK(unevenness(straight) < 0.08);  // a spline through its edges; in between it is as stiff as it can be
  CHECK(golden::largest_difference(straight, 0.5 * y) < 0.08);
}

TEST_CASE("single precision is enough: positions are shares of the control points") {
  const auto image = at::rand({2, 1, 32, 100});
  const auto tps = Tps::make({});
  bend(*tps, 3);
  tps->eval();
  const torch::NoGradGuard no_gradients;
  const auto points = tps->control_points(image);
  const auto single = tps->grid(points, image);
  tps->to(at::kDouble);
  CHECK(golden::largest_difference(single, tps->grid(points.to(at::kDouble), image.to(at::kDouble))) < 1e-4);
}

TEST_CASE("half-precision images are sampled at positions in single precision") {
  const auto tps = Tps::make({});
  tps->eval();
  const torch::NoGradGuard no_gradients;
  const auto image = at::rand({1, 1, 32, 100}).to(at::kBFloat16);
  tps->to(at::kBFloat16);
  const auto out = tps->forward(image);
  CHECK((out.scalar_type() == at::kBFloat16));
  CHECK(golden::largest_difference(out, image) < 0.05);
}

TEST_CASE("gradients by finite differences, through the image and through the control points") {
  torch::manual_seed(4);
  const auto tps = Tps::make({.control_points = 6});
  bend(*tps, 4);
  tps->to(at::kDouble);
  tps->eval();
  const auto weights = at::randn({1, 1, 8, 12}, at::kDouble);
  const auto [x, y] = middles(8, 12);
  const auto image = as_image((3 * x).sin() * (2 * y).cos());
  CHECK(gradients::largest_error([&](const at::Tensor& in) { return (tps->forward(in) * weights).sum(); }, image) < 1e-4);
}

TEST_CASE("Tps learns, traces for other sizes, and copies without sharing") {
  const auto lines = [](std::int64_t samples, std::int64_t width) {
    torch::manual_seed(5);
    return Features{at::randn({samples, 1, 16, width}, at::kDouble)};
  };
  const auto make = [] {
    const auto tps = Tps::make({.control_points = 8});
    bend(*tps, 6);
    return tps;
  };
  AsPart learner(make());
  part_check::learns(learner, lines(2, 40));
  AsPart traced(make());
  part_check::traces(traced, lines(2, 40), lines(3, 56));

  const auto tps = make();
  tps->to(at::kDouble);
  tps->eval();
  const torch::NoGradGuard no_gradients;
  const auto image = lines(2, 40)[0], expected = tps->forward(image);
  CHECK(golden::largest_difference(expected, image) > 0.01);
  const auto copy = std::dynamic_pointer_cast<Tps>(tps->clone());
  CHECK(copy->forward(image).equal(expected));
  for (auto& p : copy->parameters()) p.zero_();
  CHECK(tps->forward(image).equal(expected));
  CHECK(tps->buffers().size() == 12);  // those of the batch norms alone

  for (auto& item : tps->named_buffers())
    if (item.key().ends_with("running_var")) item.value().fill_(0.7);
  const auto before = tps->forward(image);
  tps->fold();
  CHECK(golden::largest_difference(tps->forward(image), before) < 1e-10);
  CHECK(tps->buffers().empty());
  CHECK(std::dynamic_pointer_cast<Tps>(tps->clone())->forward(image).equal(tps->forward(image)));
}

TEST_CASE("descending a loss bends the control points") {
  torch::manual_seed(7);
  const auto [x, y] = middles(16, 48);
  const auto arched = as_image(y + 0.3 * (1 - x.square())).to(at::kFloat), straight = as_image(y).to(at::kFloat);
  const auto tps = Tps::make({.control_points = 10});
  torch::optim::Adam optimizer(tps->parameters(), 3e-3);
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    optimizer.zero_grad();
    // The border says nothing: there is no more of the image beyond it.
    const auto loss = (tps->forward(arched) - straight).slice(2, 5, 11).square().mean();
    loss.backward();
    optimizer.step();
    (step == 0 ? first : last) = loss.item<double>();
  }
  CHECK(last < first / 4);
}

TEST_CASE("what prediction has remembered of a size, training can use") {
  const auto tps = Tps::make({.control_points = 6});
  bend(*tps, 8);
  const auto image = at::randn({1, 1, 16, 24});
  {
    const c10::InferenceMode no_gradients;
    tps->forward(image);
  }
  CHECK_NOTHROW(tps->forward(image).sum().backward());
  CHECK(tps->named_parameters()["loc_net.fc2.weight"].grad().abs().max().item<float>() > 0);
}

TEST_CASE("four threads rectify lines of more sizes than are remembered") {
  const auto tps = Tps::make({.control_points = 6});
  bend(*tps, 9);
  tps->eval();
  std::vector<at::Tensor> images, expected;
  {
    const torch::NoGradGuard no_gradients;
    for (std::int64_t i = 0; i < 20; ++i) images.push_back(at::randn({1, 1, 8 + i % 3, 10 + i}));
    for (const auto& image : images) expected.push_back(tps->forward(image));
  }
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      const c10::InferenceMode no_gradients;
      for (std::size_t i = 0; i < 3 * images.size(); ++i) {
        const auto k = (i * (t + 1)) % images.size();
        wrong[t] += !tps->forward(images[k]).equal(expected[k]);
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("Tps refuses images that it cannot rectify") {
  const auto tps = Tps::make({});
  CHECK_THROWS_WITH_AS(tps->forward(at::zeros({1, 3, 32, 100})),
                       doctest::Contains("[N, 1, 8 or more, 8 or more], got shape [1, 3, 32, 100]"), Error);
  CHECK_THROWS_AS(tps->forward(at::zeros({1, 1, 1, 1})), Error);
  CHECK_THROWS_AS(tps->forward(at::zeros({0, 1, 32, 100})), Error);
  CHECK_THROWS_AS(tps->forward(at::zeros({32, 100})), Error);
  CHECK_THROWS_AS(Tps::make({.control_points = 5}), Error);
  tps->eval();
  CHECK_NOTHROW(tps->forward(at::full({1, 1, 16, 16}, std::numeric_limits<float>::quiet_NaN())));
}
