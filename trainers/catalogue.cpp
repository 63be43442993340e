#include "zoo/trainers/catalogue.h"

namespace zoo {
namespace {

template <class Entry>
const Entry* find_entry(const std::vector<Entry>& entries, const std::string& name) {
  for (const auto& entry : entries) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace

const ModelEntry* Catalogue::model(const std::string& name) const {
  return find_entry(models, name);
}
const DatasetEntry* Catalogue::dataset(const std::string& name) const {
  return find_entry(datasets, name);
}
const TaskEntry* Catalogue::task(const std::string& name) const { return find_entry(tasks, name); }

}  // namespace zoo
