/* The tag of the exception that longjmp throws: it carries the address of longjmp's arguments. Newer compilers expect it
   in a library, older ones put it weakly into each object that uses it. Weak, and in assembly, where the compiler adds
   nothing, it serves both. */
        .globl __c_longjmp
        .weak __c_longjmp
        .tagtype __c_longjmp i32
__c_longjmp:
