#pragma once

namespace scriba::target {

/// By which rules label maps are made.
///
/// The reference forms repeat what pytorchOCR (branch version2) does, defects included, so that its maps can be compared with:
/// - the "area" that decides whether a text is usable sums dx * dy / 2, which is 0 for upright boxes (`reference` only);
/// - only the first piece of a polygon that falls apart when it is shrunk is filled;
/// - the distance to an edge is the one to its nearer end wherever the angle at the pixel is below 90 degrees;
/// - polygons that cross themselves are drawn as if they were sound;
/// - SAST counts ignored text with weight 0.15, and leaves text of an unfit size in the vertex and centre maps.
enum class TargetForm {
  corrected,           ///< for training
  reference,           ///< for comparing with the reference
  reference_shoelace,  ///< the reference, but with the true area
};

}  // namespace scriba::target
