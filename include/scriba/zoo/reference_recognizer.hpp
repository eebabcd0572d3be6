#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <scriba/text/alphabet.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_recognizer_list.hpp>

/// pytorchOCR's recognisers, and one of Scriba's, chosen by name at run time. Compiled once and free of torch headers;
/// zoo/reference_recognizers.hpp has the types.
namespace scriba::zoo {

/// What is to differ from the configuration.
struct ReferenceRecognizerOptions {
  std::optional<Alphabet> alphabet = {};  ///< of the weights; else what the file says, if training wrote it, or english_alphabet()
  TextSearch search = {};                 ///< CTC only; before what the file says
  engine::Choice engine = {};             ///< Kind::automatic: LibTorch; see deploy::run_by()
};

/// The alphabet of pytorchOCR's English recognisers: digits and lower-case letters.
inline Alphabet english_alphabet() { return Alphabet::from_line("0123456789abcdefghijklmnopqrstuvwxyz"); }

/// A recogniser of kReferenceRecognizers, or kRecognizerVariant, with weights from a PyTorch file: a checkpoint of pytorchOCR (its names,
/// DataParallel's `module.` prefix) or of Scriba, in either form. Batch norms are folded away. What training wrote brings its settings.
///
/// Throws Error for an unknown name, without weights (none are published), for a file or an alphabet that does not fit, and for an option
/// that the recogniser does not have.
LineReader reference_recognizer(std::string_view name, const std::filesystem::path& weights,
                                const ReferenceRecognizerOptions& options = {});

}  // namespace scriba::zoo
