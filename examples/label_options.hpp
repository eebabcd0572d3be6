#pragma once
// The options by which programs say how labels of pages are written.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <scriba/data/page_list.hpp>

/// For all sets of a command line alike.
class LabelOptions {
 public:
  /// `validates`: the program also reads sets to validate on.
  explicit LabelOptions(CLI::App& app, bool validates = false) {
    app.add_option("--form", form_,
                   "how labels are written: automatic, icdar2015, polygons, total-text, ctw1500, msra-td500, ...; `classes`, which is "
                   "x1,y1,...,xn,yn,class, has to be named")
        ->capture_default_str();
    app.add_option("--scripts", scripts_, "ICDAR 2017 and 2019 MLT: texts of other scripts than these are ignored");
    add_subset(app, "--subset", subset_, "COCO-Text: this part alone");
    if (validates) add_subset(app, "--val-subset", val_subset_, "COCO-Text: the part to validate on");
  }
  LabelOptions(const LabelOptions&) = delete;  // the parser has its address
  LabelOptions& operator=(const LabelOptions&) = delete;

  scriba::data::PageListOptions read() const { return options(subset_); }
  scriba::data::PageListOptions validated() const { return options(val_subset_); }

 private:
  static void add_subset(CLI::App& app, const char* name, std::string& value, const char* what) {
    app.add_option(name, value, what)->check(CLI::IsMember({"train", "val", "test"}));
  }
  scriba::data::PageListOptions options(const std::string& subset) const {
    return {.labels = {.form = scriba::data::page_form_named(form_), .scripts = scripts_}, .subset = subset};
  }

  std::string form_ = "automatic", subset_, val_subset_;
  std::vector<std::string> scripts_;
};

/// Which kinds of text labels tell apart: without `--form classes` all are of class 0. Texts to be ignored are of none.
class LabelClasses {
 public:
  void add(std::span<const scriba::target::TextAnnotation> texts) {
    for (const auto& text : texts) {
      if (text.ignore) continue;
      several_ = several_ || (first_ && *first_ != text.class_id);
      if (!first_) first_ = text.class_id;
    }
  }
  bool several() const { return several_; }
  /// "class 0 for every text"
  std::string line() const {
    return several_ ? "several classes" : first_ ? "class " + std::to_string(*first_) + " for every text" : "no texts";
  }

 private:
  std::optional<int> first_;
  bool several_ = false;
};

/// Of pages of any type with `texts`.
template <class Pages>
LabelClasses label_classes(const Pages& pages) {
  LabelClasses out;
  for (const auto& page : pages) out.add(page.texts);
  return out;
}
