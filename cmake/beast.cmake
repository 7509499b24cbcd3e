# Boost.Asio and Boost.Beast, compiled once: src/net/beast.cc holds what other files only declare.
add_library(beast INTERFACE)
target_link_libraries(beast INTERFACE Boost::headers)
target_compile_definitions(beast INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                                           BOOST_BEAST_SEPARATE_COMPILATION)
