#include "faulty_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <new>

namespace storage {
namespace {

std::atomic<int> syncs_to_fail = 0;
std::atomic<bool> disk_full = false;
std::atomic<int> failures = 0;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs faulty_vfs;

// The real file follows this in memory.
struct File {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

int close_file(sqlite3_file* file) { return real_of(file)->pMethods->xClose(real_of(file)); }
int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 at) {
  return real_of(file)->pMethods->xRead(real_of(file), data, size, at);
}
int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  sqlite3_int64 length = 0;
  if (disk_full && real_of(file)->pMethods->xFileSize(real_of(file), &length) == SQLITE_OK && at + size > length) {
    ++failures;
    return SQLITE_FULL;
  }
  return real_of(file)->pMethods->xWrite(real_of(file), data, size, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
  if (syncs_to_fail > 0) {
    --syncs_to_fail;
    ++failures;
    return SQLITE_IOERR_FSYNC;
  }
  return real_of(file)->pMethods->xSync(real_of(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}
int lock_file(sqlite3_file* file, int level) { return real_of(file)->pMethods->xLock(real_of(file), level); }
int unlock_file(sqlite3_file* file, int level) { return real_of(file)->pMethods->xUnlock(real_of(file), level); }
int check_lock(sqlite3_file* file, int* held) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held);
}
int control(sqlite3_file* file, int what, void* argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}
int sector_size(sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); }
int characteristics(sqlite3_file* file) { return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return real_of(file)->pMethods->xShmUnmap(real_of(file), remove); }

const sqlite3_io_methods kMethods = {2,           close_file,  read_file,       write_file,  truncate_file,
                                     sync_file,   file_size,   lock_file,       unlock_file, check_lock,
                                     control,     sector_size, characteristics, shm_map,     shm_lock,
                                     shm_barrier, shm_unmap,   nullptr,         nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* mine = new (file) File{};
  mine->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(file) + sizeof(File));
  const int code = real_vfs->xOpen(real_vfs, name, mine->real, flags, out_flags);
  mine->base.pMethods = mine->real->pMethods == nullptr ? nullptr : &kMethods;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs() {
  syncs_to_fail = 0;
  disk_full = false;
  failures = 0;
  real_vfs = sqlite3_vfs_find(nullptr);
  faulty_vfs = *real_vfs;
  faulty_vfs.zName = "faulty";
  faulty_vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  faulty_vfs.xOpen = open_file;
  sqlite3_vfs_register(&faulty_vfs, 1);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&faulty_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

void FaultyVfs::fail_next_syncs(int count) { syncs_to_fail = count; }
void FaultyVfs::fill_disk(bool full) { disk_full = full; }
int FaultyVfs::failed() const { return failures; }

}  // namespace storage
