// A part without Options.
#include "parts.hpp"
#ifdef CASE_KO
using Model = scriba::Detector<Bare, Fpn, scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;
#else
using Model = scriba::Detector<Maps, Fpn, scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;
#endif
auto size = sizeof(Model);
