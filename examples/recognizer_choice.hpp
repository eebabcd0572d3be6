#pragma once
// The options by which programs choose a recogniser of the zoo.

#include <cstddef>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <scriba/zoo/deployed.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_recognizer.hpp>

#include "program.hpp"

// The words of a file, one a line.
inline std::vector<std::string> word_file(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) out.push_back(line);
  }
  if (out.empty()) throw scriba::Error({.what = "cannot read words", .where = path, .expected = "a word a line", .got = "none"});
  return out;
}

/// Models are types; here one is chosen by its name at run time.
class RecognizerChoice {
 public:
  explicit RecognizerChoice(CLI::App& app) {
    app.add_option("--model", model_, "which recogniser, see --list-models; or an ONNX or TorchScript file of export_model")
        ->capture_default_str();
    app.add_flag_callback(
        "--list-models",
        [] {
          list_models();
          throw CLI::Success();
        },
        "print the recognisers");
    app.add_option("--weights", weights_, "what training wrote; an ONNX file of PP-OCR; a PyTorch checkpoint of a model of the reference");
    app.add_option("--alphabet,--lang-dict", alphabet_,
                   "file of the characters, when the weights do not bring them: one a line, or all on one line");
    app.add_option("--beam", beam_width_, "width of a prefix beam search; 0: the best path")->check(CLI::Range(0, 1000));
    app.add_option("--lexicon", lexicon_, "file of words, one a line, that texts consist of; makes a beam search");
    app.add_option("--language-model", language_model_,
                   "file of lines like those to read, or a saved character model; makes a beam search");
    app.add_flag("--best-path", best_path_, "do not use the character model that trained weights may bring");
    add_engine_option(app, engine_);
  }

  scriba::zoo::LineReader make() const {
    // PP-OCR's files leave the space out; the others name every character.
    std::optional<scriba::Alphabet> alphabet;
    if (!alphabet_.empty()) alphabet = scriba::Alphabet::from_file(alphabet_, /*space_last=*/model_ == kPretrained);
    const auto search = [&](auto options) {
      options.alphabet = alphabet;
      options.beam_width = beam_width_;
      if (!lexicon_.empty()) options.lexicon = word_file(lexicon_);
      if (!language_model_.empty())
        options.language_model = std::make_shared<const scriba::CharacterModel>(scriba::CharacterModel::from_file(language_model_));
      if ((!lexicon_.empty() || !language_model_.empty()) && beam_width_ == 0) options.beam_width = 20;
      return options;
    };
    if (model_ == kPretrained) {
      auto options = search(scriba::zoo::PpOcrOptions{});
      options.recognizer_file = weights_;
      options.own_language = !best_path_;
      options.engine = engine_named(engine_);
      return scriba::zoo::pp_ocr_recognizer(options);
    }
    if (is_deployed_file(model_)) return scriba::zoo::deployed_recognizer(model_);
    if (engine_ == "openvino") throw scriba::Error({.what = "this model runs in LibTorch only", .where = model_});
    return scriba::zoo::reference_recognizer(model_, weights_, search(scriba::zoo::ReferenceRecognizerOptions{}));
  }

 private:
  static constexpr const char* kPretrained = "pp-ocr-v6";

  static void list_models() {
    std::cout << kPretrained << "\tPP-OCRv6 small, pretrained\n";
    for (const auto& recognizer : scriba::zoo::kReferenceRecognizers) std::cout << recognizer.name << '\t' << recognizer.what << '\n';
    std::cout << "All but the first need --weights: a checkpoint of pytorchOCR or of Scriba.\n";
  }

  std::string model_ = kPretrained, weights_, alphabet_, lexicon_, language_model_, engine_ = "auto";
  std::size_t beam_width_ = 0;
  bool best_path_ = false;
};
