#pragma once

namespace storage {

// While it lives, SQLite's files go through it, and fail when told to. Made before the database is opened, and gone
// after it is closed. One at a time.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  void fail_next_syncs(int count);  // as fsync(2) with EIO
  void fill_disk(bool full);        // writes that make a file longer fail, as with ENOSPC
  int failed() const;               // calls that were made to fail
};

}  // namespace storage
