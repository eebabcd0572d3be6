// Pairs the images of a folder with their label files and writes the list that training reads: `image<TAB>label file` a line.
//
//     make_train_list --images D/image --labels D/label --out D/train_list.txt
//     make_train_list --images ch4_training_images --labels ch4_training_gts --out train.txt --last 800
//     make_train_list --images ch4_training_images --labels ch4_training_gts --out validation.txt --first 801
//
// The labels of NAME.jpg are gt_NAME.txt, NAME.txt and their like. Images are in the order of their names, img_2 before img_10; --first and
// --last choose a block of them. (Neighbouring frames resemble each other: split by block, not at random.) Paths are written relative to
// the list where they lie beside or below it, so that the folder can be moved.
#include <filesystem>

#include <scriba/core/write_file.hpp>
#include <scriba/data/page_list.hpp>

#include "program.hpp"

namespace {

namespace fs = std::filesystem;

// Relative to the list's folder when it lies in there, else absolute.
std::string path_in_list(const fs::path& file, const fs::path& list) {
  const auto whole = fs::weakly_canonical(file),
             relative = whole.lexically_relative(fs::weakly_canonical(fs::absolute(list)).parent_path());
  return relative.empty() || *relative.begin() == ".." ? whole.string() : relative.string();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes the list of a folder's images and their label files.", "make_train_list");
  std::string images, labels, out;
  std::size_t first = 1, last = 0;
  bool skip = false;
  app.add_option("--images,--img_path", images, "folder of images")->required();
  app.add_option("--labels,--label_path", labels, "folder of label files; the images' unless given");
  app.add_option("--out", out, "the list to write")->required();
  app.add_option("--first", first, "number of the first image of the list, from 1")->check(CLI::PositiveNumber);
  app.add_option("--last", last, "number of its last image; all unless given");
  app.add_flag("--skip-unlabelled", skip, "leave out images without a label file");
  return run_program(app, argc, argv, [&] {
    const auto files = scriba::data::image_files(images);
    if (labels.empty()) labels = images;
    const auto end = last == 0 ? files.size() : std::min(last, files.size());
    std::string list;
    std::size_t pairs = 0, unlabelled = 0;
    for (std::size_t i = first - 1; i < end; ++i) {
      const auto label = scriba::data::find_labels(labels, files[i].stem().string());
      if (label.empty() && !skip)
        throw scriba::Error({.what = "no labels of an image",
                             .where = files[i].string(),
                             .expected = (fs::path(labels) / ("gt_" + files[i].stem().string() + ".txt")).string() + " or its like",
                             .got = "no such file"});
      if (label.empty()) {
        ++unlabelled;
        continue;
      }
      list += path_in_list(files[i], out) + '\t' + path_in_list(label, out) + '\n';
      ++pairs;
    }
    if (pairs == 0)
      throw scriba::Error(
          {.what = "nothing to list", .where = images, .expected = "images " + std::to_string(first) + " to " + std::to_string(end)});
    scriba::write_file(out, list);
    std::cout << out << ": " << pairs << " images, " << unlabelled << " without labels left out\n";
    return 0;
  });
}
