// Collects the characters of a data set: the alphabet of a recogniser that learns from it.
//
//     make_alphabet --words train.txt words.lmdb --out key.txt
//     make_alphabet --words train.txt --lower --alphanumeric --out english.txt
//     make_alphabet --pages train_list.txt --min-count 5 --lines --out key.txt
//
// Characters are sorted by code point, so that the same data give the same alphabet, whatever its order. The file is one line of
// characters, as the reference's key files are, or has a character a line (--lines). Ignored texts do not count. --counts prints how often
// each character comes.
#include <map>

#include <scriba/core/write_file.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/data/word_set.hpp>
#include <scriba/text/fold.hpp>
#include <scriba/text/utf8.hpp>

#include "input_files.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
  CLI::App app("Writes the characters of a data set, sorted.", "make_alphabet");
  std::vector<std::string> word_sets, page_lists;
  std::string out;
  std::size_t least = 1;
  bool lower = false, alphanumeric = false, lines = false, counted = false, no_space = false, quiet = false;
  app.add_option("--words", word_sets, "lists of words and LMDB files");
  app.add_option("--pages", page_lists, "lists of pages");
  app.add_option("--out", out, "the file to write")->required();
  app.add_option("--min-count", least, "leave out characters that come less often")->check(CLI::PositiveNumber);
  app.add_flag("--lower", lower, "letters A-Z count as a-z");
  app.add_flag("--alphanumeric", alphanumeric, "0-9, A-Z and a-z alone");
  app.add_flag("--no-space", no_space, "leave out the space");
  app.add_flag("--lines", lines, "a character a line");
  app.add_flag("--counts", counted, "print each character and how often it comes");
  app.add_flag("--quiet", quiet, "no progress");
  return run_program(app, argc, argv, [&] {
    if (word_sets.empty() && page_lists.empty()) throw scriba::Error({.what = "no texts", .expected = "--words or --pages"});
    // UTF-8 sorts as code points do.
    std::map<std::string, std::size_t> counts;
    std::size_t texts = 0;
    const scriba::TextFolding folding{.letters = lower ? scriba::LetterCase::lower : scriba::LetterCase::as_is,
                                      .alphanumeric_only = alphanumeric};
    const auto add = [&](const std::string& text, const std::string& where) {
      if (!scriba::utf8::valid(text)) throw scriba::Error({.what = "a text is not UTF-8", .where = where});
      for (const auto& character : scriba::utf8::code_points(scriba::folded(text, folding))) ++counts[character];
      ++texts;
    };
    for (const auto& path : word_sets) {
      const auto words = scriba::data::WordSet::open(path);
      Progress progress(words.size(), quiet, "words");
      for (std::size_t i = 0; i < words.size(); ++i, progress.step()) add(words.text(i), words.name(i));
    }
    for (const auto& path : page_lists)
      for (const auto& page : scriba::data::read_page_list(path))
        for (const auto& text : page.texts)
          if (!text.ignore) add(text.transcription, page.labels);
    if (no_space) counts.erase(" ");
    const auto rare = std::erase_if(counts, [&](const auto& entry) { return entry.second < least; });
    if (counts.empty())
      throw scriba::Error({.what = "no characters", .expected = "texts with characters", .got = std::to_string(texts) + " texts"});
    std::string file;
    for (const auto& [character, count] : counts) {
      file += character + (lines ? "\n" : "");
      if (counted) std::cout << character << '\t' << count << '\n';
    }
    scriba::write_file(out, lines ? file : file + '\n');
    std::cout << out << ": " << counts.size() << " characters of " << texts << " texts, " << rare << " rare ones left out\n";
    return 0;
  });
}
