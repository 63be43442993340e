// Files for tests: plain, compressed, and archives.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace zoo {

/// The path of the file.
inline std::string write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
  return file.string();
}

/// One member without a name makes a gzip file, else it is a zip archive. The path of the file.
inline std::string write_archive(const std::filesystem::path& file,
                                 const std::vector<std::pair<std::string, std::string>>& members) {
  archive* writer = archive_write_new();
  const bool gzip = members.size() == 1 && members.front().first.empty();
  if (gzip) {
    archive_write_set_format_raw(writer);
    archive_write_add_filter_gzip(writer);
  } else {
    archive_write_set_format_zip(writer);
  }
  int worst = archive_write_open_filename(writer, file.c_str());
  for (const auto& [name, bytes] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, gzip ? "-" : name.c_str());
    archive_entry_set_size(entry, static_cast<int64_t>(bytes.size()));
    archive_entry_set_filetype(entry, name.ends_with('/') ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    worst = std::min(worst, archive_write_header(writer, entry));
    if (!bytes.empty()) archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  worst = std::min(worst, archive_write_free(writer));
  if (worst != ARCHIVE_OK) throw std::runtime_error("cannot write " + file.string());
  return file.string();
}

/// The bytes of a file.
inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace zoo
