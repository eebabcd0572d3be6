#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/geometry/polygon.hpp>

/// Result files of detectors in ICDAR's form: a file an image, a region a line, `x1,y1,x2,y2,...` with three corners or more.
namespace scriba::data {

/// The regions of one image. `where` names the source in errors. Throws Error at the first line of another form, with its number; with
/// `clockwise_only` at corners in the other order, as ICDAR's program does.
std::vector<Polygon> parse_icdar_results(std::string_view content, const std::string& where, bool clockwise_only = false);

/// As parse_icdar_results, of a file.
std::vector<Polygon> read_icdar_results(const std::filesystem::path& path, bool clockwise_only = false);

/// A result file: whole pixels, nearest, a region a line.
std::string icdar_results(std::span<const Polygon> regions);

}  // namespace scriba::data
