#pragma once
// Lists everything that is wrong with data sets, and counts.

#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <scriba/core/progress.hpp>
#include <scriba/data/check.hpp>

class DataCheck {
 public:
  explicit DataCheck(bool quiet) : quiet_(quiet) {}
  DataCheck(const DataCheck&) = delete;
  DataCheck& operator=(const DataCheck&) = delete;

  /// For readers: lists what they cannot read, and lets them go on.
  scriba::data::BadEntry bad_entry() {
    return [this](const scriba::Error& error) { say(error); };
  }

  void pages(const std::vector<scriba::data::PageEntry>& pages, scriba::data::CheckOptions options = {}) {
    for (const auto& page : pages) texts_ += page.texts.size();
    look("pages", pages.size(), options, [&] { return scriba::data::check_pages(pages, options); });
  }

  void words(const scriba::data::WordSet& words, scriba::data::CheckOptions options = {}) {
    texts_ += words.size();
    look("words", words.size(), options, [&] { return scriba::data::check_words(words, options); });
  }

  /// Says how many there were; the program's exit status.
  int end() const {
    std::cout << entries_ << ' ' << what_ << ", " << texts_ << " texts, " << errors_ << " errors\n";
    return errors_ == 0 ? 0 : 2;
  }

 private:
  template <class Check>
  void look(const char* what, std::size_t count, scriba::data::CheckOptions& options, const Check& check) {
    what_ = what;
    entries_ += count;
    scriba::Progress progress(count, quiet_, what);
    options.progress = [&](std::size_t) { progress.step(); };
    for (const auto& fault : check()) say(fault);
  }

  void say(const scriba::Error& error) {
    std::cout << error.what() << '\n';
    ++errors_;
  }

  bool quiet_;
  const char* what_ = "pages";
  std::size_t entries_ = 0, texts_ = 0, errors_ = 0;
};
