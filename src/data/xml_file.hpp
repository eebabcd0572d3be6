#pragma once

#include <string>
#include <string_view>

#include <boost/property_tree/ptree.hpp>

#include <scriba/core/error.hpp>

namespace scriba::data::detail {

/// An XML file as a tree. Throws Error with the line of what is not XML, and for elements nested deeper than data sets have them (the
/// parser's recursion would run out of stack).
boost::property_tree::ptree parse_xml(std::string_view content, const std::string& where);

/// act(element) for every element of this name, at any depth.
template <class Act>
void each_element(const boost::property_tree::ptree& tree, const std::string& name, const Act& act) {
  for (const auto& [child_name, child] : tree) {
    if (child_name == name) act(child);
    each_element(child, name, act);
  }
}

}  // namespace scriba::data::detail
