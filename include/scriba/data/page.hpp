#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <scriba/target/text_annotation.hpp>

namespace scriba::data {

/// A page of a data set: an image and what it shows. Images are read when they are needed, by scriba::read_image. Labels are in pixels of
/// the image as that returns it: photos are turned by their EXIF tag unless ReadOptions::apply_exif says otherwise.
struct PageEntry {
  std::filesystem::path image;
  std::vector<target::TextAnnotation> texts;
  std::string labels{};  ///< where the labels stand, for messages: "gt_img_7.txt" or "list.txt, line 7"
};

}  // namespace scriba::data
