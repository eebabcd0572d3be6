#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/Device.h>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>
#include <scriba/data/loader.hpp>
#include <scriba/data/word_set.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/image/read.hpp>
#include <scriba/train/batch_order.hpp>
#include <scriba/train/text_labels.hpp>
#include <scriba/train/to_device.hpp>

namespace scriba::train {

/// Words that are learnt with others; see data::MixedSet.
struct WordSource {
  data::WordSet words;
  double ratio = 1;
};

/// What a step of training needs.
template <class Target>
struct WordBatch {
  at::Tensor images;  ///< [N, planes, H, W], channels last; W is the widest canvas of the batch
  Target target;
  std::vector<augment::Word> words;  ///< as they are learnt from: for pictures
  TextReport report;
};

/// Crops as a recogniser's input: [N, planes, height, widest canvas], channels last.
inline at::Tensor line_batch(std::span<const augment::Word> words, const LineInput& input) {
  int canvas = 0;
  for (const auto& word : words) canvas = std::max(canvas, input.size.canvas(word.image.size()));
  const std::int64_t n = static_cast<std::int64_t>(words.size()), planes = plane_count(input.normalization.order),
                     height = input.size.height;
  auto images = at::empty({n, planes, height, canvas}, at::kFloat);
  for (std::int64_t i = 0; i < n; ++i)
    write_line(words[static_cast<std::size_t>(i)].image, input.size, input.normalization, canvas,
               images.data_ptr<float>() + i * planes * height * canvas);
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

/// Batches of augmented words with their targets: PageBatches for recognisers.
template <class Target>
class WordBatches {
 public:
  using Augment = std::function<void(augment::Word&, augment::Random&)>;
  using MakeTarget = std::function<Target(std::span<const std::string>, TextReport&)>;

  /// Images and targets come on `device`, copied there by the thread that makes them. Throws Error when the sources hold less than a batch.
  WordBatches(std::vector<WordSource> sources, Augment augment, MakeTarget make_target, const LineInput& input,
              const BatchOrderOptions& options, at::Device device = at::kCPU)
      : work_(std::make_shared<Work>(std::move(sources), std::move(augment), std::move(make_target), input, options, device)) {}

  std::int64_t per_epoch() const { return work_->order.per_epoch(); }

  /// Batch number `number`. Safe from several threads at once. Throws Error for an image that cannot be read.
  WordBatch<Target> make(std::int64_t number) const { return work_->make(number); }

  /// Makes batches `begin` .. `end` - 1 ahead of time.
  data::Loader<WordBatch<Target>> loader(std::int64_t begin, std::int64_t end, data::LoaderOptions options = {}) const {
    return {[work = work_](std::int64_t number) { return work->make(number); }, begin, end, options};
  }

 private:
  struct Work {
    std::vector<WordSource> sources;
    Augment augment;
    MakeTarget make_target;
    LineInput input;
    BatchOrder order;
    at::Device device;

    Work(std::vector<WordSource> s, Augment a, MakeTarget t, const LineInput& i, const BatchOrderOptions& options, at::Device d)
        : sources(std::move(s)), augment(std::move(a)), make_target(std::move(t)), input(i), order(sizes(sources), options), device(d) {}

    static std::vector<data::MixedSet> sizes(const std::vector<WordSource>& sources) {
      std::vector<data::MixedSet> out;
      for (const auto& source : sources) out.push_back({source.words.size(), source.ratio});
      return out;
    }

    WordBatch<Target> make(std::int64_t number) {
      WordBatch<Target> out;
      std::vector<std::string> texts;
      for (const auto& sample : order.batch(number)) {
        const auto& words = sources[sample.pick.set].words;
        augment::Word word{words.image(sample.pick.index), words.text(sample.pick.index)};
        augment::Random random(order.seed(), sample.epoch, sample.index);
        augment(word, random);
        texts.push_back(word.text);
        out.words.push_back(std::move(word));
      }
      out.images = line_batch(out.words, input).to(device);
      out.target = to_device(make_target(texts, out.report), device);
      return out;
    }
  };

  std::shared_ptr<Work> work_;
};

}  // namespace scriba::train
