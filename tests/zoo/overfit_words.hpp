#pragma once
// A handful of drawn words, and a network that learns them by heart.

#include <torch/torch.h>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

#include <scriba/zoo/trainable_recognizer.hpp>
#include "zoo/drawn_words.hpp"

namespace zoo_tests {

struct WordFit {
  double first_loss, last_loss;
  std::size_t words, read;  // of the words as drawn for training: all, and those read without an error
  std::string misread;      // "got for expected", for messages
};

/// Eight words, each dark on light and light on dark, with a letter twice in a row in some.
inline std::vector<DrawnWord> eight_words() {
  std::vector<DrawnWord> out;
  for (const char* text : {"scriba", "reads", "7books", "hello", "w00d", "small", "42", "quiz"})
    for (const bool dark : {true, false}) out.push_back(drawn_word(text, dark));
  return out;
}

/// Trains on the words with Adam, its rate falling along a cosine, gradients clipped, and then reads them.
inline WordFit overfit_words(const scriba::zoo::TrainableRecognizer& recognizer, int steps, double rate = 2e-3) {
  const auto words = eight_words();
  const auto expected = texts(words);
  const auto batch = line_batch(words, *recognizer.input).contiguous(at::MemoryFormat::ChannelsLast);
  torch::optim::Adam optimizer(recognizer.module->parameters(), torch::optim::AdamOptions(rate));
  WordFit fit{};
  fit.words = words.size();
  recognizer.module->train();
  for (int step = 0; step < steps; ++step) {
    static_cast<torch::optim::AdamOptions&>(optimizer.param_groups()[0].options())
        .lr(rate * (0.02 + 0.49 * (1 + std::cos(std::numbers::pi * step / steps))));
    const auto loss = recognizer.loss_of(batch, expected).total;
    optimizer.zero_grad();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(recognizer.module->parameters(), 5.0);
    optimizer.step();
    (step == 0 ? fit.first_loss : fit.last_loss) = loss.item<double>();
  }
  recognizer.module->eval();
  recognizer.fold();
  std::vector<cv::Mat> crops;
  for (const auto& word : words) crops.push_back(word.image);
  const auto read = recognizer.predict(crops);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool right = read[i].text == expected[i];
    fit.read += right;
    if (!right) fit.misread += read[i].text + " for " + expected[i] + "; ";
  }
  return fit;
}

}  // namespace zoo_tests
