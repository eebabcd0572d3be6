#pragma once

#include <cstddef>
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
#include <scriba/core/error.hpp>
#include <scriba/data/image_cache.hpp>
#include <scriba/data/loader.hpp>
#include <scriba/data/page.hpp>
#include <scriba/image/normalize.hpp>
#include <scriba/target/text_annotation.hpp>
#include <scriba/train/batch_order.hpp>
#include <scriba/train/to_device.hpp>

namespace scriba::train {

/// Pages that are learnt with others: `ratio` of these for each of the first set; see data::MixedSet.
struct PageSet {
  std::vector<data::PageEntry> pages;
  double ratio = 1;
};

/// What a step of training needs.
template <class Target>
struct PageBatch {
  at::Tensor images;  ///< [N, 3, H, W], channels last
  Target target;
  std::vector<augment::Page> pages;  ///< as they are learnt from: for pictures
  target::TargetReport report;
};

/// Images of one size as a network's input: [N, 3, H, W], channels last. Throws Error when they differ in size.
inline at::Tensor image_batch(std::span<const augment::Page> pages, const Normalization& normalization) {
  const cv::Size size = pages.front().image.size();
  const std::int64_t n = static_cast<std::int64_t>(pages.size()), area = size.area();
  auto images = at::empty({n, 3, size.height, size.width}, at::kFloat, at::MemoryFormat::ChannelsLast);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto& image = pages[static_cast<std::size_t>(i)].image;
    if (image.size() != size)
      throw Error({.what = "pages of a batch differ in size",
                   .expected = std::to_string(size.width) + " x " + std::to_string(size.height),
                   .got = std::to_string(image.cols) + " x " + std::to_string(image.rows)});
    normalize_pixels_into(image, normalization, images.data_ptr<float>() + i * 3 * area);
  }
  return images;
}

/// Batches of augmented pages with their targets. A batch depends on the sets, the options and its number alone, so that a run that goes on
/// sees what it would have seen, whatever the number of threads. See BatchOrder.
template <class Target>
class PageBatches {
 public:
  /// Changes a page into a training sample of the network's input size, the same for all.
  using Augment = std::function<void(augment::Page&, augment::Random&)>;
  /// Targets of a batch. Both are called from several threads at once.
  using MakeTarget = std::function<Target(std::span<const target::PageAnnotation>, target::TargetReport&)>;

  /// Images and targets come on `device`, copied there by the thread that makes them. `cache_bytes` of decoded pages are kept, see
  /// data::ImageCache. Throws Error when the sets hold less than a batch.
  PageBatches(std::vector<PageSet> sets, Augment augment, MakeTarget make_target, const Normalization& normalization,
              const BatchOrderOptions& options, at::Device device = at::kCPU, std::size_t cache_bytes = 0)
      : work_(std::make_shared<Work>(std::move(sets), std::move(augment), std::move(make_target), normalization, options, device,
                                     cache_bytes)) {}

  std::int64_t per_epoch() const { return work_->order.per_epoch(); }

  /// Batch number `number`. Safe from several threads at once. Throws Error for an image that cannot be read.
  PageBatch<Target> make(std::int64_t number) const { return work_->make(number); }

  /// Makes batches `begin` .. `end` - 1 ahead of time.
  data::Loader<PageBatch<Target>> loader(std::int64_t begin, std::int64_t end, data::LoaderOptions options = {}) const {
    return {[work = work_](std::int64_t number) { return work->make(number); }, begin, end, options};
  }

 private:
  struct Work {
    std::vector<PageSet> sets;
    Augment augment;
    MakeTarget make_target;
    Normalization normalization;
    BatchOrder order;
    at::Device device;
    data::ImageCache images;

    Work(std::vector<PageSet> s, Augment a, MakeTarget t, const Normalization& n, const BatchOrderOptions& options, at::Device d,
         std::size_t cache_bytes)
        : sets(std::move(s)),
          augment(std::move(a)),
          make_target(std::move(t)),
          normalization(n),
          order(sizes(sets), options),
          device(d),
          images(cache_bytes) {}

    static std::vector<data::MixedSet> sizes(const std::vector<PageSet>& sets) {
      std::vector<data::MixedSet> out;
      for (const auto& set : sets) out.push_back({set.pages.size(), set.ratio});
      return out;
    }

    PageBatch<Target> make(std::int64_t number) {
      PageBatch<Target> out;
      std::vector<target::PageAnnotation> annotations;
      for (const auto& sample : order.batch(number)) {
        const auto& entry = sets[sample.pick.set].pages[sample.pick.index];
        augment::Page page{images.read(entry.image), entry.texts};
        augment::Random random(order.seed(), sample.epoch, sample.index);
        augment(page, random);
        annotations.push_back(page.annotation());
        out.pages.push_back(std::move(page));
      }
      out.images = image_batch(out.pages, normalization).to(device);
      out.target = to_device(make_target(annotations, out.report), device);
      return out;
    }
  };

  std::shared_ptr<Work> work_;
};

}  // namespace scriba::train
