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

#include "engine_options.hpp"

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

inline constexpr const char *kPretrainedRecognizer = "pp-ocr-v6", *kOlderRecognizer = "pp-ocr-v4";

/// A recogniser by its name or file. All names that train_recognizer knows are known here. `alphabet`: a file, or empty.
inline scriba::zoo::LineReader recognizer_named(const std::string& model, const std::string& weights, const std::string& alphabet,
                                                const scriba::engine::Choice& choice, const scriba::zoo::TextSearch& search = {}) {
  const bool older = model == kOlderRecognizer, pp_ocr = older || model == kPretrainedRecognizer;
  if (older && weights.empty())
    throw scriba::Error({.what = "no pretrained weights exist for this recogniser",
                         .where = model,
                         .expected = "its ONNX file, or a checkpoint of train_recognizer"});
  // PP-OCR's files leave the space out; the others name every character.
  std::optional<scriba::Alphabet> characters;
  if (!alphabet.empty()) characters = scriba::Alphabet::from_file(alphabet, /*space_last=*/pp_ocr);
  if (pp_ocr)
    return scriba::zoo::pp_ocr_recognizer({.recognizer_file = weights, .alphabet = characters, .search = search, .engine = choice});
  if (is_network_file(model))
    return from_network_file("scriba::zoo::deployed_recognizer", [&] {
      return scriba::zoo::deployed_recognizer(model, {.alphabet = characters, .search = search, .engine = choice});
    });
  return scriba::zoo::reference_recognizer(model, weights, {.alphabet = characters, .search = search, .engine = choice});
}

/// Models are types; here one is chosen by its name at run time.
class RecognizerChoice {
 public:
  explicit RecognizerChoice(CLI::App& app) : engine_(app) {
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
  }

  scriba::zoo::LineReader make() const { return recognizer_named(model_, weights_, alphabet_, engine_.choice(), search()); }

 private:
  scriba::zoo::TextSearch search() const {
    scriba::zoo::TextSearch out{.beam_width = beam_width_, .own_language = !best_path_};
    if (!lexicon_.empty()) out.lexicon = word_file(lexicon_);
    if (!language_model_.empty())
      out.language_model = std::make_shared<const scriba::CharacterModel>(scriba::CharacterModel::from_file(language_model_));
    if ((out.language_model || !out.lexicon.empty()) && beam_width_ == 0) out.beam_width = 20;
    return out;
  }

  static void list_models() {
    std::cout << kPretrainedRecognizer << "\tPP-OCRv6 small, pretrained\n" << kOlderRecognizer << "\tPP-OCRv4 mobile\n";
    for (const auto& recognizer : scriba::zoo::kReferenceRecognizers) std::cout << recognizer.name << '\t' << recognizer.what << '\n';
    std::cout << scriba::zoo::kRecognizerVariant.name << '\t' << scriba::zoo::kRecognizerVariant.what << '\n';
    std::cout << "All but the first need --weights: a checkpoint of pytorchOCR or of Scriba; PP-OCR's ONNX files.\n";
  }

  std::string model_ = kPretrainedRecognizer, weights_, alphabet_, lexicon_, language_model_;
  EngineOptions engine_;
  std::size_t beam_width_ = 0;
  bool best_path_ = false;
};
