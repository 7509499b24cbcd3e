// Write, sync, rename.
#include "store/whole_file.h"

#include "store/file.h"

namespace weir::store {

using base::Result;
using detail::File;

Result<> write_whole(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".new";
  TRY_DO(detail::unlink_file(temporary));  // one left over may be another's to read
  const auto write = [&]() -> Result<> {
    TRY(const auto file, File::open(temporary, File::Mode::fresh));
    TRY_DO(file->write_at(0, bytes));
    TRY_DO(file->sync());
    TRY_DO(detail::rename_file(temporary, path));
    return detail::sync_folder(detail::folder_of(path));
  };
  auto written = write();
  if (!written) detail::discard_file(temporary);
  return written;
}

}  // namespace weir::store
