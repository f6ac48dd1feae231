#pragma once

namespace base {

// For a std::unique_ptr to what a C library has made: ends it with that library's function.
//   std::unique_ptr<BIO, base::Freed<BIO_free_all>>
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

}  // namespace base
