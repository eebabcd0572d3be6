#pragma once

#include <scriba/io/weights.hpp>

namespace scriba::io {

/// pytorchOCR's names of a detector's weights to Scriba's: its `head` is our neck, its `seg_out` our head. For LoadOptions::name_map.
inline NameMap reference_detector_names() { return {{{"head.", "neck."}, {"seg_out.", "head."}}}; }

}  // namespace scriba::io
