// Finds text and prints where it is, without reading it.
//
//     detect_text photo.jpg
//     detect_text --draw boxes.png --side 1024 photo.jpg
//
// A detector alone: the network's probability map, thresholded, its regions grown back to the size of the text. Everything that turns the
// map into boxes is an option of the model, and can be changed after it was made.
#include <filesystem>

#include <nlohmann/json.hpp>
#include <scriba/image/draw.hpp>
#include <scriba/image/write.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

#include "input_files.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
  CLI::App app("Finds the text of images and prints one region a line: score and corners.", "detect_text");
  std::vector<std::string> images;
  std::string drawing, engine = "auto", shape = "quad";
  scriba::zoo::PpOcrOptions options;
  bool json = false, quiet = false;
  app.add_option("images", images, "images, folders of images, or - for standard input")->required();
  app.add_flag("--json", json, "one JSON object an image and line");
  app.add_option("--draw", drawing, "write a picture with the regions: a file for one image, a folder for several");
  app.add_option("--weights", options.detector_file, "PP-OCRv6 small detector, ONNX");
  add_engine_option(app, engine);
  app.add_option("--shape", shape, "quad or polygon")->check(CLI::IsMember({"quad", "polygon"}));
  app.add_option("--side", options.input.resize.side, "the shorter side is enlarged to this many pixels")->check(CLI::Range(32, 4096));
  app.add_option("--threshold", options.boxes.threshold, "a pixel is text above this, 0..1")->check(CLI::Range(0.f, 1.f));
  app.add_option("--box-threshold", options.boxes.box_threshold, "a region is kept from this score on, 0..1")->check(CLI::Range(0.f, 1.f));
  app.add_option("--unclip", options.boxes.unclip_ratio, "how far regions grow")->check(CLI::Range(0.1f, 10.f));
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (shape == "polygon") options.boxes.shape = scriba::postprocess::RegionShape::polygon;
    const auto files = input_files(images);
    options.engine = engine_named(engine);
    const auto detector = scriba::zoo::pp_ocr_detector(options);
    if (!drawing.empty() && files.size() > 1) std::filesystem::create_directories(drawing);
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
          if (json)
            line["regions"].push_back({{"score", region.score}, {"box", corners}});
          else
            std::cout << region.score << '\t' << corners.dump() << '\n';
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
