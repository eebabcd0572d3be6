#pragma once

#include <utility>

#include <scriba/loss/terms.hpp>

namespace scriba::loss {

template <class First, class Second>
struct SumOptions {
  typename First::Options first = {};
  typename Second::Options second = {};
  double first_weight = 1;
  double second_weight = 1;
};

template <class First, class Second>
struct SumTarget {
  typename First::Target first;
  typename Second::Target second;
};

/// Two losses of one head, added up with weights: `Sum<Ctc, Center>`. A third is added by `Sum<Sum<A, B>, C>`.
///
/// Terms: those of the first and then of the second, each as its loss gives it, without the weights.
template <class First, class Second>
class Sum {
 public:
  using Options = SumOptions<First, Second>;
  using Target = SumTarget<First, Second>;

  explicit Sum(Options options = {}) : options_(std::move(options)) {}

  template <class Output>
  requires requires(const First& first, const Second& second, const Output& output, const Target& target) {
    { first(output, target.first) } -> std::same_as<LossTerms>;
    { second(output, target.second) } -> std::same_as<LossTerms>;
  }
  LossTerms operator()(const Output& output, const Target& target) const {
    auto out = First(options_.first)(output, target.first);
    auto more = Second(options_.second)(output, target.second);
    out.total = options_.first_weight * out.total + options_.second_weight * more.total;
    for (auto& term : more.terms) out.terms.push_back(std::move(term));
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
