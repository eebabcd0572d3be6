#pragma once

namespace scriba::postprocess {

/// What a region is described by: four corners, or an outline with as many points as it needs.
enum class RegionShape { quad, polygon };

}  // namespace scriba::postprocess
