// Lists everything that is wrong with a data set before anything is learnt from it: a line an error, and how many there are.
//
//     check_data --pages train_list.txt
//     check_data --images ch4_training_images --gt ch4_training_gts
//     check_data --words words.txt --alphabet key.txt --lower
//     check_data --words words.lmdb
//
// Lines that cannot be read, images that are missing or damaged, polygons that are degenerate, cross themselves or lie outside the image,
// duplicates, empty texts, characters that the alphabet lacks. The exit status is 2 when there are any.
#include <scriba/data/check.hpp>
#include <scriba/data/page_list.hpp>

#include "data_check.hpp"
#include "input_files.hpp"
#include "label_options.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
  CLI::App app("Lists everything that is wrong with a data set.", "check_data");
  std::string pages_list, images, labels, words_path, alphabet, root;
  int threads = 0;
  bool lower = false, alphanumeric = false, space = false, labels_only = false, quiet = false;
  auto* pages_option = app.add_option("--pages", pages_list, "a list of pages");
  auto* images_option = app.add_option("--images", images, "a folder of images")->excludes(pages_option);
  app.add_option("--gt", labels, "its folder of labels; the same unless given")->needs(images_option);
  app.add_option("--words", words_path, "a list of words, or an LMDB")->excludes(pages_option)->excludes(images_option);
  app.add_option("--alphabet", alphabet, "texts must have these characters alone");
  const LabelOptions labels_are(app);
  app.add_option("--root", root, "what relative paths in a list begin at; its folder unless given");
  app.add_option("--threads", threads, "all unless given, at most 8")->check(CLI::Range(0, 256));
  app.add_flag("--lower", lower, "letters A-Z count as a-z");
  app.add_flag("--alphanumeric", alphanumeric, "only 0-9, A-Z and a-z of a text count");
  app.add_flag("--space", space, "the alphabet has a space, too");
  app.add_flag("--labels-only", labels_only, "do not read images");
  app.add_flag("--quiet", quiet, "no progress");
  return run_program(app, argc, argv, [&] {
    if (pages_list.empty() && images.empty() && words_path.empty())
      throw scriba::Error({.what = "nothing to check", .expected = "--pages, --images or --words"});
    DataCheck check(quiet);
    scriba::data::CheckOptions options{
        .folding = {.letters = lower ? scriba::LetterCase::lower : scriba::LetterCase::as_is, .alphanumeric_only = alphanumeric},
        .images = !labels_only,
        .threads = threads};
    if (!alphabet.empty()) options.alphabet = scriba::Alphabet::from_file(alphabet, space);
    auto page_options = labels_are.read();
    page_options.labels.bad_entry = check.bad_entry();
    page_options.root = root;
    if (!words_path.empty())
      check.words(scriba::data::WordSet::open(words_path, {.root = root, .bad_entry = check.bad_entry()}), options);
    else if (images.empty())
      check.pages(scriba::data::read_page_list(pages_list, page_options), options);
    else
      check.pages(scriba::data::read_page_folder(images, labels.empty() ? images : labels, page_options.labels), options);
    return check.end();
  });
}
