#pragma once

#include <memory>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::neck {

template <class First, class Second>
struct ChainOptions {
  typename First::Options first = {};
  typename Second::Options second = {};
};

/// Two necks, one after the other; either may be a Chain itself. Names `first`, `second`.
///
///     using Encoder = neck::Chain<neck::SequenceFromMap<>, neck::StackedBiLstm<96>>;
template <class First, class Second>
class Chain final : public nn::Part<Chain<First, Second>, ChainOptions<First, Second>, FeatureSpec> {
  using Base = nn::Part<Chain<First, Second>, ChainOptions<First, Second>, FeatureSpec>;

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return First::accepts(in) && Second::accepts(First::out(in)); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return Second::out(First::out(in)); }

  Chain(FeatureSpec in, ChainOptions<First, Second> options) : Base(options), in_(in) {}

  void reset() override {
    first_ = this->register_module("first", First::make(in_, this->options_.first));
    second_ = this->register_module("second", Second::make(First::out(in_), this->options_.second));
  }

  Features forward(const Features& in) { return second_->forward(first_->forward(in)); }

  void fold() {
    fold_part(*first_, this->options_.first);
    fold_part(*second_, this->options_.second);
  }

  const std::shared_ptr<First>& first() const { return first_; }
  const std::shared_ptr<Second>& second() const { return second_; }

 private:
  template <class Part, class Options>
  static void fold_part(Part& part, Options& options) {
    if constexpr (requires { part.fold(); }) {
      part.fold();
      options = part.options();
    }
  }

  FeatureSpec in_;
  std::shared_ptr<First> first_;
  std::shared_ptr<Second> second_;
};

}  // namespace scriba::neck
