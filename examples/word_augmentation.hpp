#pragma once
// How training words are changed, by names on command lines.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/augment/recipe.hpp>

inline const std::vector<std::string>& word_augmentation_names() {
  static const std::vector<std::string> names{"photos", "reference", "none"};
  return names;
}

inline std::function<void(scriba::augment::Word&, scriba::augment::Random&)> word_augmentation(std::string_view name) {
  using namespace scriba::augment;
  if (name == "photos") return recipe::photographed_words();
  if (name == "reference") return recipe::words();
  return [](Word&, Random&) {};
}
