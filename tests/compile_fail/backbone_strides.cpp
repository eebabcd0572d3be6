// A backbone whose strides the neck does not accept.
#include "parts.hpp"
#ifdef CASE_KO
using Model = scriba::Detector<Gap, Fpn, scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;
#else
using Model = scriba::Detector<Maps, Fpn, scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;
#endif
auto size = sizeof(Model);
