// Writes a list of word images into an LMDB file, as training a recogniser on millions of words wants them: one large file instead of
// millions of small ones.
//
//     make_lmdb --list words.txt --out words.lmdb
//     make_lmdb --list gt.txt --out words.lmdb --threads 8 --check
//     make_lmdb --out words.lmdb --check
//
// The list has a word a line, `image<TAB>text`, or another form that Scriba reads; an LMDB will do, too. Words whose image cannot be
// decoded, or whose text is empty, are said and left out, and take no number: `num-samples` is what is there. --check reads every word of
// the result.
#include <filesystem>

#include <scriba/data/check.hpp>

#include "input_files.hpp"
#include "program.hpp"

namespace {

// Exit status 2 when something is wrong with the file.
int check(const std::string& path, int threads, bool quiet) {
  const auto words = scriba::data::WordSet::open(path);
  std::vector<scriba::Error> faults;
  {
    Progress progress(words.size(), quiet, "words");
    faults = scriba::data::check_words(words, {.threads = threads, .progress = [&](std::size_t) { progress.step(); }});
  }
  for (const auto& fault : faults) std::cout << fault.what() << '\n';
  std::cout << path << ": " << words.size() << " words read, " << faults.size() << " errors\n";
  return faults.empty() ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes a list of word images into an LMDB file.", "make_lmdb");
  std::string list, out, root;
  int threads = 0;
  bool checked = false, as_it_is = false, quiet = false;
  app.add_option("--list,--file", list, "image<TAB>text a line, IIIT5K's or ICDAR's form, or an LMDB");
  app.add_option("--out", out, "folder of the LMDB and of nothing else; one that is there is replaced when the new one is complete")
      ->required();
  app.add_option("--root", root, "what relative paths in the list begin at; its folder unless given");
  app.add_option("--threads,--num_process", threads, "that read images; all unless given, at most 8")->check(CLI::Range(0, 256));
  app.add_flag("--as-it-is", as_it_is, "do not decode images to see whether they are sound");
  app.add_flag("--check", checked, "read every word of the LMDB, and list what is wrong");
  app.add_flag("--quiet", quiet, "no progress");
  return run_program(app, argc, argv, [&] {
    if (list.empty() && !checked) throw scriba::Error({.what = "nothing to do", .expected = "--list or --check"});
    if (!list.empty()) {
      const scriba::data::BadEntry say = [](const scriba::Error& error) { std::cerr << "make_lmdb: left out: " << error.what() << '\n'; };
      std::size_t bad_lines = 0;
      const auto words =
          scriba::data::WordSet::open(list, {.root = root, .bad_entry = [&](const scriba::Error& error) { say(error), ++bad_lines; }});
      Progress progress(words.size(), quiet, "words");
      const auto report = scriba::data::write_word_lmdb(
          words, out, {.threads = threads, .decode = !as_it_is, .bad_entry = say, .progress = [&](std::size_t) { progress.step(); }});
      std::cout << out << ": " << report.written << " words, " << report.skipped + bad_lines << " left out\n";
    }
    return checked ? check(out, threads, quiet) : 0;
  });
}
