#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scriba {

/// One character of a transcript and the frames it was read from.
struct CharacterSpan {
  std::int64_t class_index{};  ///< -1: a space that was put in, see ctc::SpaceRule
  std::string text{};
  std::int64_t first_frame{}, last_frame{};  ///< both included
  float confidence{};                        ///< probability of the class at the first frame, 0..1
};

/// What a recogniser reads in one crop.
struct Transcript {
  std::string text{};
  float score{};  ///< 0..1, 0 for an empty text; see ctc::Score
  std::vector<CharacterSpan> characters{};
  int quarter_turns{};    ///< counter-clockwise, of the crop before it was read: frames lie along the turned crop
  std::int64_t frames{};  ///< of the network's canvas, which may be wider than the crop; 0: not known
  float frame_width{};    ///< columns of the crop that a frame covers, so that frame t begins at column t * frame_width; 0: not known
};

}  // namespace scriba
