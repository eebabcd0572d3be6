// A detector of the zoo learns a photo of eight words by heart, with targets made from their annotations, and then looks for the words; a
// recogniser learns to read eight drawn words. The tests do this with the small ones; here it is done with any.
//
//     bench_overfit --detector sast-resnet50 --side 256 --steps 120 --rate 0.001
//     bench_overfit --recognizer crnn-resnet34 --steps 600
//
// Prints JSON: first and last loss, words, words found or read, seconds. Exits 1 unless every word is found, and nothing else.
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <scriba/core/error.hpp>
#include <string>

#include <scriba/zoo/reference_recognizer.hpp>
#include "zoo/overfit.hpp"
#include "zoo/overfit_words.hpp"

namespace {

using Options = std::map<std::string, std::string>;

nlohmann::json find_words(const Options& options, const torch::Device& device) {
  const auto detector = scriba::zoo::trainable_detector(options.at("--detector"));
  detector.module->to(device);
  const int side = std::stoi(options.at("--side"));
  const auto fit = zoo_tests::overfit(detector, side, std::stoi(options.at("--steps")), std::stod(options.at("--rate")));
  return {{"detector", detector.name}, {"side", side},           {"first_loss", fit.first_loss}, {"last_loss", fit.last_loss},
          {"words", fit.words},        {"regions", fit.regions}, {"found", fit.found},           {"learnt", fit.finds_its_words()}};
}

nlohmann::json read_words(const Options& options, const torch::Device& device) {
  const auto recognizer = scriba::zoo::trainable_recognizer(options.at("--recognizer"), scriba::zoo::english_alphabet());
  recognizer.module->to(device);
  const auto fit = zoo_tests::overfit_words(recognizer, std::stoi(options.at("--steps")), std::stod(options.at("--rate")));
  return {{"recognizer", recognizer.name},
          {"first_loss", fit.first_loss},
          {"last_loss", fit.last_loss},
          {"words", fit.words},
          {"read", fit.read},
          {"misread", fit.misread},
          {"learnt", fit.read == fit.words}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options{{"--detector", ""}, {"--recognizer", ""}, {"--side", "192"},
                  {"--steps", "100"}, {"--rate", "0.001"},  {"--device", "cpu"}};
  for (int i = 1; i < argc; i += 2) {
    if (!options.contains(argv[i]) || i + 1 == argc) {
      std::cerr << "usage: bench_overfit --detector NAME | --recognizer NAME [--side PIXELS] [--steps N] [--rate R] [--device cpu|cuda]\n";
      return 2;
    }
    options[argv[i]] = argv[i + 1];
  }
  try {
    torch::manual_seed(3);
    torch::set_num_threads(2);
    const torch::Device device(options["--device"]);
    const auto start = std::chrono::steady_clock::now();
    auto result = options["--recognizer"].empty() ? find_words(options, device) : read_words(options, device);
    result["device"] = options["--device"];
    result["steps"] = std::stoi(options["--steps"]);
    result["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::cout << nlohmann::json{{"bench", "overfit"}, {"run", result}}.dump(2) << '\n';
    return result["learnt"] ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "bench_overfit: " << error.what() << '\n';
    return 2;
  }
}
