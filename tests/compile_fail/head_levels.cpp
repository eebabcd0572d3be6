// A head fed by the wrong neck: four maps instead of one.
#include "parts.hpp"
#ifdef CASE_KO
using Model = scriba::Detector<Maps, scriba::neck::Identity, scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;
#else
using Model = scriba::Detector<Maps, Fpn, scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;
#endif
auto size = sizeof(Model);
