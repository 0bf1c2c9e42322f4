"""Names of one thing, and names of two things that are near in meaning: for the threshold."""

SAME = """
canine | dog
feline | cat
doggy | dog
pooch | dog
kitty cat | cat
sports utility vehicle | suv
motor car | automobile
lorry | truck
aeroplane | airplane
jetliner | airliner
passenger jet | airliner
sailing boat | sailboat
rowing boat | rowboat
racing bike | racing bicycle
pushbike | bicycle
motor scooter | scooter
rubbish bin | trash can
wastebasket | trash can
garbage bin | trash can
cooker | stove
fridge freezer | refrigerator
couch | sofa
loveseat | sofa
armchair | easy chair
footstool | ottoman
bookshelf | bookcase
closet | wardrobe
chest of drawers | dresser
night table | nightstand
table lamp | desk lamp
flashlight | torch light
mobile | cell phone
smartphone | cellular telephone
laptop | notebook computer
television set | tv
computer screen | monitor
headphones | earphones
loudspeaker | speaker
wristwatch | watch
timepiece | clock
spectacles | eyeglasses
shades | sunglasses
trousers | pants
pullover | sweater
sneakers | running shoes
sandals | flip-flops
bathing suit | swimsuit
necktie | tie
handbag | purse
rucksack | backpack
luggage | suitcase
brolly | umbrella
teakettle | kettle
frying pan | skillet
saucepan | cooking pot
drinking glass | tumbler
coffee cup | coffee mug
soda pop | soft drink
french fries | chips
aubergine | eggplant
courgette | zucchini
doughnut | donut
cookie | biscuit
candy | sweets
bunny | rabbit
pony | small horse
bull | male cow
rooster | cock
seagull | gull
ladybug | ladybird
mountain lion | cougar
orca | killer whale
infant | baby
kid | child
policeman | police officer
firefighter | fireman
physician | doctor
cyclist | bicycle rider
bloom | flower
blossom | flower
forest | woods
seashore | beach
road | street
sidewalk | pavement
skyscraper | high-rise
home | house
""".strip().splitlines()

DIFFERENT = """
dog | cat
puppy | kitten
dog | wolf
cat | lion
horse | cow
horse | zebra
sheep | goat
duck | goose
chicken | turkey
lion | tiger
bear | panda
mouse | rat
frog | toad
crocodile | lizard
butterfly | moth
bee | wasp
spider | crab
shark | dolphin
owl | eagle
fork | spoon
knife | fork
spoon | ladle
plate | bowl
cup | glass
bottle | can
pan | pot
car | truck
truck | bus
bus | train
bicycle | motorcycle
scooter | motorcycle
airplane | helicopter
boat | ship
canoe | kayak
tram | train
taxi | ambulance
fire truck | ambulance
tractor | bulldozer
apple | orange
apple | pear
orange | lemon
banana | mango
strawberry | raspberry
carrot | cucumber
broccoli | cauliflower
tomato | pepper
pizza | hamburger
sandwich | hot dog
cake | pie
bread | cheese
coffee | tea
wine | beer
chair | table
chair | bench
sofa | bed
desk | dining table
wardrobe | bookcase
door | window
curtain | carpet
lamp | candle
oven | microwave
refrigerator | dishwasher
sink | bathtub
toaster | kettle
phone | laptop
keyboard | computer mouse
television | radio
camera | binoculars
clock | calendar
book | newspaper
pen | pencil
scissors | knife
hammer | screwdriver
shirt | trousers
shoe | sock
hat | helmet
glove | scarf
dress | skirt
coat | sweater
tie | belt
umbrella | raincoat
backpack | handbag
man | woman
boy | girl
king | queen
doctor | nurse
violin | guitar
piano | organ
drum | trumpet
football | basketball
tennis racket | baseball bat
skis | snowboard
surfboard | skateboard
tree | flower
rose | tulip
mountain | valley
river | lake
church | mosque
house | castle
bridge | tunnel
street | sign
traffic light | street sign
stop sign | parking meter
fire hydrant | mailbox
bench | bird
leash | dog
saddle | horse
collar | cat
driver | car
rider | bicycle
baby | stroller
brother | sister
wheel | car
steering wheel | car
tire | wheel
sail | sailboat
""".strip().splitlines()


def pairs(rows: list[str]) -> list[tuple[str, str]]:
    split = [row.split(" | ") for row in rows]
    return [(one, other) for one, other in split]
