// A post-process for another head's output.
#include "parts.hpp"
#ifdef CASE_KO
using Model = scriba::Detector<Maps, Fpn, scriba::head::Db, scriba::loss::Db, scriba::postprocess::CtcText>;
#else
using Model = scriba::Detector<Maps, Fpn, scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;
#endif
auto size = sizeof(Model);
