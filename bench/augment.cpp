// A training sample of a detector, from a decoded photo to the crop and DB's label maps, on one core: the affine crop and the colour matrix
// (recipe::pages) against the same changes in separate steps, as chains of plain image operations do them: the whole page scaled, the
// whole page turned, a crop copied out; brightness, contrast and saturation each in a pass of their own. pytorchOCR's chain for DB
// (recipe::db) beside them. All use the same maps.
// Prints JSON: milliseconds an image, means over the samples of a batch, median of several batches. Arguments: samples, batches, a photo.
#include <scriba/augment/noise.hpp>
#include <scriba/augment/recipe.hpp>
#include <scriba/image/read.hpp>
#include <scriba/target/db_maps.hpp>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "measure.hpp"

namespace {

using namespace scriba;
using namespace scriba::augment;

const cv::Size kSize(640, 640);

// Forty words on a grid.
Page photo(const std::string& path) {
  Page page{.image = read_image(path)};
  const float w = static_cast<float>(page.image.cols) / 8, h = static_cast<float>(page.image.rows) / 5;
  for (int i = 0; i < 40; ++i) {
    const float x = w * (static_cast<float>(i % 8) + 0.2f), y = h * (static_cast<float>(i / 8) + 0.3f);
    page.texts.push_back(
        {.polygon = {{x, y}, {x + w * 0.6f, y + 3}, {x + w * 0.6f, y + h * 0.25f + 3}, {x, y + h * 0.25f}}, .transcription = "word"});
  }
  return page;
}

void plain_pages(Page& page, Random& random) {
  const double scale = random.log_uniform({0.6, 1.7});
  resize_page(page, {page.image.cols * scale, page.image.rows * scale});
  RotateDegrees{}(page, random);
  WindowCrop{.size = kSize, .near_text = 0.8}(page, random);
  cv::Mat image = page.image, grey;
  image = image * random.uniform({0.8, 1.2});
  const double contrast = random.uniform({0.8, 1.2}), saturation = random.uniform({0.5, 1.5});
  cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
  image = image * contrast + cv::Scalar::all((1 - contrast) * cv::mean(grey)[0]);
  cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(grey, grey, cv::COLOR_GRAY2BGR);
  cv::addWeighted(image, saturation, grey, 1 - saturation, 0, page.image);
}

}  // namespace

int main(int argc, char** argv) {
  const int samples = argc > 1 ? std::atoi(argv[1]) : 64, batches = argc > 2 ? std::atoi(argv[2]) : 9;
  if (samples < 1 || batches < 1) {
    std::cerr << "bench_augment: expected numbers of samples and of batches\n";
    return 2;
  }
  cv::setNumThreads(1);
  const Page given = photo(argc > 3 ? argv[3] : SCRIBA_SOURCE "/docs/images/img_120.jpg");
  const auto ms = [&](const auto& change, bool maps) {
    target::DbMaps drawn;
    return bench::median_ms(
               [&] {
                 for (int i = 0; i < samples; ++i) {
                   Page page = given;
                   Random random(1, 0, i);
                   change(page, random);
                   if (maps) target::draw_db_maps(page.annotation(), {}, drawn);
                 }
               },
               batches) /
           samples;
  };
  const auto pages = recipe::pages(kSize);
  const auto db = recipe::db(kSize);
  const auto image_alone = [](const auto& policy) {
    return [policy](Page& page, Random& random) {
      page.image = page.image(cv::Rect({0, 0}, kSize) & cv::Rect({0, 0}, page.image.size()));
      apply(policy, page, random);
    };
  };
  nlohmann::json out{{"bench", "augment"},
                     {"page", {given.image.cols, given.image.rows}},
                     {"crop", {kSize.width, kSize.height}},
                     {"texts", given.texts.size()},
                     {"samples", samples},
                     {"batches", batches}};
  const double ours = ms(pages, true), plain = ms(plain_pages, true);
  out["sample_with_maps_ms"] = {
      {"affine_crop", ours}, {"separate_steps", plain}, {"ratio", plain / ours}, {"pytorchocr_db_chain", ms(db, true)}};
  const double ours_alone = ms(pages, false), plain_alone = ms(plain_pages, false);
  out["without_maps_ms"] = {{"affine_crop", ours_alone},
                            {"separate_steps", plain_alone},
                            {"ratio", plain_alone / ours_alone},
                            {"pytorchocr_db_chain", ms(db, false)}};
  out["parts_ms"] = {{"affine_crop", ms(AffineCrop{.size = kSize}, false)},
                     {"color_jitter_640", ms(image_alone(ColorJitter{.brightness = {0.8, 1.2}, .contrast = {0.8, 1.2}}), false)},
                     {"gaussian_noise_640", ms(image_alone(GaussianNoise{}), false)}};
  std::cout << out.dump(2) << '\n';
}
