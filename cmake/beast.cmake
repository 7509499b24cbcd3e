# Boost.Asio and Boost.Beast, compiled once: src/net/beast.cc holds what other files only declare.
add_library(beast INTERFACE)
target_link_libraries(beast INTERFACE Boost::headers)
target_compile_definitions(beast INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                                           BOOST_BEAST_SEPARATE_COMPILATION)
if(WEIR_SANITIZE MATCHES "thread")
  # ThreadSanitizer does not know fences, and g++ warns of each. Asio's mutexes order what we share.
  target_compile_definitions(beast INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
