#include <scriba/loss/db_distillation.hpp>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;

namespace {

at::Tensor map() { return at::rand({2, 1, 5, 6}, at::kDouble); }

}  // namespace

TEST_CASE("db_distillation compares what the student has, and leaves the threshold map alone") {
  torch::manual_seed(1);
  const head::DbMaps student{map(), map(), map()}, teacher{map(), map(), map()};
  const auto ones = at::ones({2, 1, 5, 6}, at::kDouble);
  const double shrink = loss::dice(student.shrink, teacher.shrink, ones).item<double>();
  const double binary = loss::dice(student.binary, teacher.binary, ones).item<double>();
  CHECK(loss::db_distillation(student, teacher).item<double>() == doctest::Approx(shrink + binary));
  CHECK(loss::db_distillation({student.shrink, {}, {}}, teacher).item<double>() == doctest::Approx(shrink));
  const double by_shrink = loss::dice(student.binary, teacher.shrink, ones).item<double>();
  CHECK(loss::db_distillation(student, {teacher.shrink, {}, {}}).item<double>() == doctest::Approx(shrink + by_shrink));
  CHECK_THROWS_AS(loss::db_distillation(student, {at::rand({2, 1, 5, 7}), map(), map()}), Error);

  const auto value = [&](const at::Tensor& x) { return loss::db_distillation({x, x, x}, {x * 0.5, x, x * 0.5}); };
  const auto fixed = student.shrink * 0.5;
  const auto expected = gradients::of(
      [&](const at::Tensor& x) {
        return loss::db_distillation({x, x, x}, {fixed, x, fixed});
      },
      student.shrink);
  CHECK(golden::largest_difference(gradients::of(value, student.shrink), expected) < 1e-14);  // none through the teacher
}

TEST_CASE("DbDistillation weighs annotations against the teacher") {
  torch::manual_seed(2);
  const head::DbMaps student{map(), map(), map()}, teacher{map(), map(), map()};
  const auto one = at::ones({2, 5, 6}, at::kDouble);
  const loss::DbTarget target{(at::rand({2, 5, 6}) < 0.3).to(at::kDouble), one, one * 0.5, one};
  const auto out = loss::DbDistillation({.truth_weight = 0.1})(student, teacher, target);
  CHECK(out.total.item<double>() == doctest::Approx(0.1 * loss::Db()(student, target).total.item<double>() +
                                                    0.9 * loss::db_distillation(student, teacher).item<double>()));
  CHECK(out.terms.size() == 4);
}
