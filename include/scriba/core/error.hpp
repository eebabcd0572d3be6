#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace scriba {

/// The four things a reader of an error wants to know. Empty ones are left out of the message.
struct ErrorText {
  std::string what{};      ///< what could not be done: "cannot load weights"
  std::string where{};     ///< file, tensor, line or argument: "det.onnx, tensor backbone.conv1.weight"
  std::string expected{};  ///< what would have been right: "shape [16, 3, 3, 3]"
  std::string got{};       ///< what was there: "shape [24, 3, 3, 3]"
};

/// The one exception that Scriba throws for bad input. `what()` is one line: "what: where: expected ..., got ...".
class Error : public std::runtime_error {
 public:
  explicit Error(ErrorText text) : std::runtime_error(line(text)), text_(std::move(text)) {}

  const ErrorText& text() const { return text_; }

 private:
  static std::string line(const ErrorText& text) {
    std::string out = text.what;
    if (!text.where.empty()) out += ": " + text.where;
    if (!text.expected.empty()) out += ": expected " + text.expected;
    if (!text.got.empty()) out += (text.expected.empty() ? ": got " : ", got ") + text.got;
    for (char& c : out)
      if (c == '\n' || c == '\r') c = ' ';
    return out;
  }

  ErrorText text_;
};

}  // namespace scriba
