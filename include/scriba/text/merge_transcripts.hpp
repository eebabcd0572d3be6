#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <scriba/text/transcript.hpp>

namespace scriba {

/// What was read in one of the windows that a long line was cut into.
struct WindowTranscript {
  Transcript transcript;   ///< with frame_width
  double left{}, right{};  ///< columns of the line that the window covers
};

namespace detail {

// The characters of the line so far, with their centres in columns of the line.
struct PlacedCharacter {
  CharacterSpan span;
  double centre;
};

inline std::vector<PlacedCharacter> placed(const WindowTranscript& window) {
  std::vector<PlacedCharacter> out;
  for (const auto& c : window.transcript.characters)
    out.push_back(
        {c, window.left + static_cast<double>(c.first_frame + c.last_frame + 1) / 2 * static_cast<double>(window.transcript.frame_width)});
  return out;
}

// Where the reading goes over from one window to the next: so many characters of the first are kept, so many of the second are left out.
struct Seam {
  std::size_t kept, left_out;
};

// The pair of the same character at about the same place that is nearest to the middle of the overlap, since what is near a window's edge
// may be cut in two. Without one, the middle.
inline Seam seam_between(std::span<const PlacedCharacter> first, std::span<const PlacedCharacter> second, double begin, double end) {
  const double middle = (begin + end) / 2, near = (end - begin) / 8;
  std::optional<Seam> best;
  double distance = 0;
  for (std::size_t i = 0; i < first.size(); ++i)
    for (std::size_t j = 0; j < second.size() && first[i].centre > begin && second[j].centre < end; ++j) {
      const double off = std::abs((first[i].centre + second[j].centre) / 2 - middle);
      if (first[i].span.text != second[j].span.text || std::abs(first[i].centre - second[j].centre) > near || (best && off >= distance))
        continue;
      best = {i + 1, j + 1};
      distance = off;
    }
  if (best) return *best;
  const auto before = [&](const PlacedCharacter& c) { return c.centre < middle; };
  return {static_cast<std::size_t>(std::ranges::count_if(first, before)), static_cast<std::size_t>(std::ranges::count_if(second, before))};
}

}  // namespace detail

/// The text of a line from those of overlapping windows, which go from left to right and are equally wide. Where two windows overlap, the
/// text goes over at a character that both read at the same place. Frames go on from window to window. The score is the mean of the
/// windows' scores, each counting as many times as it has characters in the text.
inline Transcript merged(std::span<const WindowTranscript> windows) {
  std::vector<detail::PlacedCharacter> line;
  std::vector<float> scores;  // of each character's window
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const auto next = detail::placed(windows[w]);
    detail::Seam seam{line.size(), 0};
    if (w > 0) seam = detail::seam_between(line, next, windows[w].left, windows[w - 1].right);
    line.resize(seam.kept);
    line.insert(line.end(), next.begin() + static_cast<std::ptrdiff_t>(seam.left_out), next.end());
    scores.resize(seam.kept);
    scores.resize(line.size(), windows[w].transcript.score);
    // Frames of this window become the line's.
    const double width = static_cast<double>(windows[w].transcript.frame_width);
    const auto shift = width > 0 ? std::llround(windows[w].left / width) : 0;
    for (std::size_t i = seam.kept; i < line.size(); ++i) line[i].span.first_frame += shift, line[i].span.last_frame += shift;
  }
  Transcript out;
  if (windows.empty()) return out;
  out.frame_width = windows[0].transcript.frame_width;
  if (out.frame_width > 0) out.frames = std::llround(std::ceil(windows.back().right / static_cast<double>(out.frame_width)));
  double sum = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    sum += static_cast<double>(scores[i]);
    out.text += line[i].span.text;
    out.characters.push_back(std::move(line[i].span));
  }
  if (!line.empty()) out.score = static_cast<float>(sum / static_cast<double>(line.size()));
  return out;
}

}  // namespace scriba
