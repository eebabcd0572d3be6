// Finds text and prints where it is, without reading it.
//
//     detect_text photo.jpg
//     detect_text --draw boxes.png --side 1024 photo.jpg
//     detect_text --model db-resnet50 --weights DB_best.pth.tar photo.jpg
//
// A detector alone: the network's maps, thresholded, its regions grown back to the size of the text. Everything that turns maps into boxes
// is an option of the model, and can be changed after it was made; detector_choice.hpp has those of this program.
#include <filesystem>

#include <nlohmann/json.hpp>
#include <scriba/core/make_folder.hpp>
#include <scriba/image/draw.hpp>
#include <scriba/image/write.hpp>

#include "detector_choice.hpp"
#include "input_files.hpp"

int main(int argc, char** argv) {
  CLI::App app(
      "Finds the text of images and prints one region a line: score, corners and, where the model tells kinds of text apart, class.",
      "detect_text");
  std::vector<std::string> images;
  std::string drawing;
  bool json = false, quiet = false;
  app.add_option("images", images, "images, folders of images, or - for standard input")->required();
  const DetectorChoice choice(app);
  app.add_flag("--json", json, "one JSON object an image and line");
  app.add_option("--draw", drawing, "write a picture with the regions: a file for one image, a folder for several");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    const auto files = input_files(images);
    const auto detector = choice.make();
    if (!drawing.empty() && files.size() > 1) scriba::make_folder(drawing);
    std::size_t failed = 0;
    Progress progress(files.size(), quiet);
    for (const auto& file : files) {
      try {
        const cv::Mat image = read_input(file);
        const auto regions = detector.predict(image);
        nlohmann::ordered_json line{
            {"image", file}, {"width", image.cols}, {"height", image.rows}, {"regions", nlohmann::ordered_json::array()}};
        if (!json && files.size() > 1) std::cout << "# " << file << '\n';
        std::vector<scriba::DrawnText> drawn;
        for (const auto& region : regions) {
          nlohmann::ordered_json corners = nlohmann::ordered_json::array();
          for (const auto& p : region.polygon) corners.push_back({p.x, p.y});
          if (json) {
            line["regions"].push_back({{"score", region.score}, {"box", corners}});
            if (detector.classes) line["regions"].back()["class"] = region.class_id;
          } else {
            std::cout << region.score << '\t' << corners.dump();
            if (detector.classes) std::cout << '\t' << region.class_id;
            std::cout << '\n';
          }
          drawn.push_back({region.polygon, {}, region.score});
        }
        if (json) std::cout << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
        if (!drawing.empty())
          scriba::write_image(files.size() == 1 ? std::filesystem::path(drawing)
                                                : std::filesystem::path(drawing) / (std::filesystem::path(file).stem().string() + ".png"),
                              scriba::draw_texts(image, drawn, /*with_texts=*/false));
      } catch (const scriba::Error& error) {
        if (files.size() == 1) throw;
        ++failed;
        std::cerr << "detect_text: " << error.what() << '\n';
      }
      progress.step();
    }
    return failed > 0 ? 1 : 0;
  });
}
