#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include <scriba/train/run_log.hpp>

namespace scriba::train {

struct ReportPicture {
  std::string caption;
  cv::Mat image;  ///< BGR8
};

/// Writes a page with the curves of a run (one chart for each number of its log, over the steps), a table of its validations and pictures.
/// Everything is in the one file; no network is needed to look at it. Throws Error when it cannot be written.
void write_report(const std::filesystem::path& path, const std::string& title, std::span<const LogLine> log,
                  std::span<const ReportPicture> pictures = {});

}  // namespace scriba::train
