// Cuts the labelled words out of pages: what a recogniser learns from. Writes a picture for each word and the list that train_recognizer
// takes, `words/img_1_2.png<TAB>text` a line: the second text of img_1, or of img_1-2 where two pages have that name.
//
//     make_word_crops --data train_images train_labels --out words
//
// Words are cut as they are found by a detector, upright and in perspective; those without a legible text are left out.
#include <filesystem>
#include <set>
#include <string>

#include <scriba/core/make_folder.hpp>
#include <scriba/core/progress.hpp>
#include <scriba/core/write_file.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/data/word_list.hpp>
#include <scriba/image/crop.hpp>
#include <scriba/image/read.hpp>
#include <scriba/image/write.hpp>

#include "program.hpp"

// Moves the corners outwards by so many pixels, along the text and across it.
static void grow_by(scriba::Quad& corners, float pixels) {
  const auto unit = [](scriba::Point direction) {
    const auto length = static_cast<float>(scriba::distance({}, direction));
    return length > 0 ? direction * (1 / length) : direction;
  };
  const auto along = unit(corners[1] - corners[0] + corners[2] - corners[3]) * pixels;
  const auto across = unit(corners[3] - corners[0] + corners[2] - corners[1]) * pixels;
  corners = {corners[0] - along - across, corners[1] + along - across, corners[2] + along + across, corners[3] - along + across};
}

// Pages of different folders may have one name: img_1, img_1-2, img_1-3.
class PageNames {
 public:
  std::string add(const std::string& wanted) {
    auto name = wanted;
    for (int copy = 2; !taken_.insert(name).second; ++copy) name = wanted + "-" + std::to_string(copy);
    return name;
  }

 private:
  std::set<std::string> taken_;
};

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  CLI::App app("Cuts the labelled words out of pages. Prints: words N.", "make_word_crops");
  std::vector<std::string> data;
  std::string out;
  int min_height = 6;
  double grow = 0.05;
  bool quiet = false;
  app.add_option("--data", data, "a list of pages, or a folder of images and one of labels")->expected(1, 2)->required();
  app.add_option("--out", out, "folder for list.txt and the pictures")->required();
  app.add_option("--min-height", min_height, "lower words are left out, pixels")->check(CLI::Range(1, 4096))->capture_default_str();
  app.add_option("--grow", grow, "how far crops reach beyond the label, as a share of the word's height")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    const auto pages = data.size() == 2 ? scriba::data::read_page_folder(data[0], data[1]) : scriba::data::read_page_list(data[0]);
    scriba::make_folder(fs::path(out) / "words");
    std::string list;
    std::size_t words = 0, left_out = 0;
    PageNames names;
    scriba::Progress progress(pages.size(), quiet, "pages");
    for (const auto& page : pages) {
      const cv::Mat image = scriba::read_image(page.image);
      const auto stem = names.add(page.image.stem().string());
      int number = 0;
      for (const auto& text : page.texts) {
        ++number;
        if (text.polygon.empty()) continue;
        auto corners = scriba::crop_corners(text.polygon);
        const auto height = std::min(scriba::distance(corners[0], corners[3]), scriba::distance(corners[1], corners[2]));
        if (text.ignore || text.transcription.empty() || height < min_height ||
            text.transcription.find_first_of("\t\n\r") != std::string::npos) {
          ++left_out;
          continue;
        }
        grow_by(corners, static_cast<float>(grow * height));
        const auto name = "words/" + stem + "_" + std::to_string(number) + ".png";
        scriba::write_image(fs::path(out) / name, scriba::crop_quad(image, corners));
        list += scriba::data::word_list({{name, text.transcription}});
        ++words;
      }
      progress.step();
    }
    if (words == 0) throw scriba::Error({.what = "no words to cut out", .where = data[0], .expected = "pages with legible texts"});
    scriba::write_file(fs::path(out) / "list.txt", list);
    std::cout << left_out << " illegible or small texts left out\nwords " << words << '\n';
    return 0;
  });
}
