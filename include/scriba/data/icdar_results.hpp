#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/geometry/polygon.hpp>
#include <scriba/metric/end_to_end.hpp>

/// Result files in ICDAR's form: a file an image, a line for each region, `x1,y1,x2,y2,...` with three corners or more; or for each text
/// that was read, `x1,y1,x2,y2,x3,y3,x4,y4,text`.
namespace scriba::data {

/// The regions of one image. `where` names the source in errors. Throws Error at the first line of another form, with its number; with
/// `clockwise_only` at corners in the other order, as ICDAR's program does.
std::vector<Polygon> parse_icdar_results(std::string_view content, const std::string& where, bool clockwise_only = false);

/// As parse_icdar_results, of a file.
std::vector<Polygon> read_icdar_results(const std::filesystem::path& path, bool clockwise_only = false);

/// A result file: whole pixels, nearest, a region a line.
std::string icdar_results(std::span<const Polygon> regions);

/// What was read in one image. The text is all that follows the eighth comma. Throws Error at the first line of another form, with its
/// number, and at a text that is not UTF-8.
std::vector<metric::ReadText> parse_icdar_readings(std::string_view content, const std::string& where);

/// As parse_icdar_readings, of a file.
std::vector<metric::ReadText> read_icdar_readings(const std::filesystem::path& path);

/// A result file: whole pixels, nearest, a text a line. Of a polygon without four corners the smallest rectangle around it is written; line
/// ends in a text become spaces.
std::string icdar_readings(std::span<const metric::ReadText> readings);

}  // namespace scriba::data
