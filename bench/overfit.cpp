// A detector of the zoo learns a photo of eight words by heart, with targets made from their annotations, and then looks for the words.
// The tests do this with the small ones; here it is done with any.
//
//     bench_overfit --model sast-resnet50 --side 256 --steps 120 --rate 0.001
//
// Prints JSON: first and last loss, words, regions and words found, seconds. Exits 1 unless every word is found, and nothing else.
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <scriba/core/error.hpp>
#include <string>

#include "zoo/overfit.hpp"

int main(int argc, char** argv) {
  std::map<std::string, std::string> options{{"--model", "db-resnet50"}, {"--side", "192"}, {"--steps", "100"}, {"--rate", "0.001"}};
  for (int i = 1; i < argc; i += 2) {
    if (!options.contains(argv[i]) || i + 1 == argc) {
      std::cerr << "usage: bench_overfit [--model NAME] [--side PIXELS] [--steps N] [--rate R]\n";
      return 2;
    }
    options[argv[i]] = argv[i + 1];
  }
  try {
    torch::manual_seed(3);
    torch::set_num_threads(2);
    const auto start = std::chrono::steady_clock::now();
    const auto fit = zoo_tests::overfit(scriba::zoo::trainable_detector(options["--model"]), std::stoi(options["--side"]),
                                        std::stoi(options["--steps"]), std::stod(options["--rate"]));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::cout << nlohmann::json{{"bench", "overfit"},
                                {"model", options["--model"]},
                                {"side", std::stoi(options["--side"])},
                                {"steps", std::stoi(options["--steps"])},
                                {"first_loss", fit.first_loss},
                                {"last_loss", fit.last_loss},
                                {"words", fit.words},
                                {"regions", fit.regions},
                                {"found", fit.found},
                                {"seconds", seconds.count()}}
                     .dump(2)
              << '\n';
    return fit.finds_its_words() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "bench_overfit: " << error.what() << '\n';
    return 2;
  }
}
