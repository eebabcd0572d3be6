// A detector of the zoo learns one drawn page of two words by heart, with targets made from its annotations, and then looks for the words.
// The tests do this with the small ones; here it is done with any, the large ones on a larger page and with fewer, smaller steps.
//
//     bench_overfit --model sast-resnet50 --side 256 --steps 120 --rate 0.001
//
// Prints JSON: first and last loss, regions found (two are right), IoU of the word that was found worst, seconds.
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <scriba/core/error.hpp>
#include <string>

#include "zoo/two_words.hpp"

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
    const auto fit = zoo_tests::overfit(zoo_tests::any_detector(options["--model"]), std::stoi(options["--side"]),
                                        std::stoi(options["--steps"]), std::stod(options["--rate"]));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::cout << nlohmann::json{{"bench", "overfit"},
                                {"model", options["--model"]},
                                {"side", std::stoi(options["--side"])},
                                {"steps", std::stoi(options["--steps"])},
                                {"first_loss", fit.first_loss},
                                {"last_loss", fit.last_loss},
                                {"regions", fit.regions},
                                {"iou", fit.iou},
                                {"seconds", seconds.count()}}
                     .dump(2)
              << '\n';
    return fit.regions == 2 && fit.iou > 0.5 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "bench_overfit: " << error.what() << '\n';
    return 2;
  }
}
