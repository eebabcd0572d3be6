#pragma once

namespace scriba::loss {

/// Where pytorchOCR computes a loss otherwise than it should, both are there; each loss says what the difference is.
enum class LossForm {
  corrected,
  reference  ///< value for value as pytorchOCR, for comparison with it
};

}  // namespace scriba::loss
