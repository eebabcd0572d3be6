#pragma once
// The options by which programs choose a recogniser of the zoo.

#include <cstddef>
#include <iostream>
#include <optional>
#include <string>

#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_recognizer.hpp>

#include "program.hpp"

/// Models are types; here one is chosen by its name at run time.
class RecognizerChoice {
 public:
  explicit RecognizerChoice(CLI::App& app) {
    app.add_option("--model", model_, "which recogniser, see --list-models")->capture_default_str();
    app.add_flag_callback(
        "--list-models",
        [] {
          list_models();
          throw CLI::Success();
        },
        "print the recognisers");
    app.add_option("--weights", weights_, "ONNX file of PP-OCRv6 small, or a PyTorch checkpoint of another model");
    app.add_option("--alphabet,--lang-dict", alphabet_,
                   "file of the characters, when the weights do not bring them: one a line, or all on one line");
    app.add_option("--beam", beam_width_, "width of a prefix beam search; 0: the best path")->check(CLI::Range(0, 1000));
    add_engine_option(app, engine_);
  }

  /// `options` has what a program adds for PP-OCR: a lexicon or a language model, which make a beam search.
  scriba::zoo::LineReader make(scriba::zoo::PpOcrOptions options = {}) const {
    const bool guided = !options.lexicon.empty() || options.language_model;
    // PP-OCR's files leave the space out; the others name every character.
    std::optional<scriba::Alphabet> alphabet;
    if (!alphabet_.empty()) alphabet = scriba::Alphabet::from_file(alphabet_, /*space_last=*/model_ == kPretrained);
    if (model_ == kPretrained) {
      options.recognizer_file = weights_;
      options.alphabet = alphabet;
      options.beam_width = guided && beam_width_ == 0 ? 20 : beam_width_;
      options.engine = engine_named(engine_);
      return scriba::zoo::pp_ocr_recognizer(options);
    }
    if (guided) throw scriba::Error({.what = "this model takes neither a lexicon nor a language model", .where = model_});
    if (engine_ == "openvino") throw scriba::Error({.what = "this model runs in LibTorch only", .where = model_});
    return scriba::zoo::reference_recognizer(model_, weights_, {.alphabet = alphabet, .beam_width = beam_width_});
  }

 private:
  static constexpr const char* kPretrained = "pp-ocr-v6";

  static void list_models() {
    std::cout << kPretrained << "\tPP-OCRv6 small, pretrained\n";
    for (const auto& recognizer : scriba::zoo::kReferenceRecognizers) std::cout << recognizer.name << '\t' << recognizer.what << '\n';
    std::cout << "All but the first need --weights: a checkpoint of pytorchOCR or of Scriba.\n";
  }

  std::string model_ = kPretrained, weights_, alphabet_, engine_ = "auto";
  std::size_t beam_width_ = 0;
};
